import { mount, unmount, type Component } from 'svelte';

/** After the first screen the web view has other things to do for so long, in milliseconds. */
const REST = 1_500;
/** Between two screens, so that a press is never kept waiting for more than one; its answers have come by then. */
const BETWEEN = 250;

const drawnOnce = new WeakSet<object>();

/**
 * Draws screens once where nobody sees them: the web view reads a screen's program when it first runs, and a person's first press
 * would wait for that. What they ask is kept for when they are shown. Nothing is drawn once `props` has nothing more to say.
 *
 * Returns what stops it.
 */
export function warm<P extends Record<string, unknown>>(
  screens: Component<P>[],
  props: () => P | undefined,
): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let clear: (() => unknown) | undefined;
  const next = (left: Component<P>[]) => {
    clear?.();
    clear = undefined;
    const [Screen, ...rest] = left;
    const given = props();
    if (!Screen || !given) return;
    drawnOnce.add(Screen);
    const drawn = mount(Screen, { target: document.createElement('div'), props: given });
    clear = () => unmount(drawn);
    timer = setTimeout(() => next(rest), BETWEEN);
  };
  const cold = screens.filter((screen) => !drawnOnce.has(screen));
  timer = setTimeout(() => next(cold), REST);
  return () => {
    clearTimeout(timer);
    clear?.();
  };
}
