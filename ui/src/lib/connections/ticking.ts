import { createSubscriber } from 'svelte/reactivity';
import { now } from '../state/clock.svelte';

const everySecond = createSubscriber((update) => {
  const timer = setInterval(update, 1_000);
  return () => clearInterval(timer);
});

/** The current time in milliseconds, of the engine's clock; whoever shows it is redrawn every second. */
export function second(): number {
  everySecond();
  return now();
}
