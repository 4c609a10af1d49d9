import type { AppState } from '../ipc/types/AppState';

/** What the window showed last: the shell, its demonstration, the first run; unknown on the very first start. */
export type Start = 'unknown' | 'first-run' | 'shop' | 'demo';

const KEY = 'backroom.start';

/** What a state looks like from afar. */
export function startOf(state: Pick<AppState, 'demo' | 'first_run'>): Start {
  return state.demo ? 'demo' : state.first_run ? 'first-run' : 'shop';
}

function stored(): Start {
  const value = localStorage.getItem(KEY);
  return value === 'first-run' || value === 'shop' || value === 'demo' ? value : 'unknown';
}

/** The frame to draw until the engine has answered, so that nothing jumps when it does. */
export const start: Start = stored();

let remembered = start;

/** Keeps it for the next start. */
export function rememberStart(state: AppState): void {
  const now = startOf(state);
  if (now === remembered) return;
  remembered = now;
  localStorage.setItem(KEY, now);
}
