import { query } from '../ipc/index.svelte';
import type { AppState } from '../ipc/types/AppState';
import { isShut } from '../shell/trouble-words';
import { followEngine } from './clock.svelte';
import { rememberStart } from './start';

const state = query('app_state', () => null);
let followed = '';

/** What the app knows about itself; undefined before the first answer. */
export const app = {
  get current(): AppState | undefined {
    const current = state.data;
    if (current && current.now !== followed) {
      followed = current.now;
      followEngine(current.now);
      rememberStart(current);
    }
    return current;
  },
  get error() {
    return state.error;
  },
  /** Why there is nothing that could be shown: the data is not open. */
  get shut() {
    return state.error && isShut(state.error) ? state.error : undefined;
  },
  refresh: () => state.refresh(),
};

let location = $state<string | null>(null);

/** The one location that every screen is narrowed to; none for all. */
export const filter = {
  get location(): string | null {
    // A location that is gone must not leave the screens empty for ever.
    const known = app.current?.locations;
    return location !== null && known && !known.some((choice) => choice.id === location) ? null : location;
  },
  set location(value: string | null) {
    location = value;
  },
};
