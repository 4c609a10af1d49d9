import { createSubscriber } from 'svelte/reactivity';

let ahead = 0;

/** The engine's clock leads: a browser elsewhere may be wrong by hours. */
export function followEngine(now: string): void {
  ahead = new Date(now).getTime() - Date.now();
}

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 60_000);
  return () => clearInterval(timer);
});

/** The current time in milliseconds; whoever shows it is redrawn once a minute. */
export function now(): number {
  subscribe();
  return Date.now() + ahead;
}
