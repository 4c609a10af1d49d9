import type { UpdateState } from '../ipc/types/UpdateState';
import type { UpdateStatus } from '../ipc/types/UpdateStatus';

const offer = {
  version: '0.2.0',
  notes: [
    'Raffles show the draw on a second screen.',
    'The ID check knows the new Illinois cards.',
    'Syncing a large history is twice as fast.',
  ],
  size_bytes: 18_400_000,
  released_at: '2026-11-18T15:00:00Z',
};
const quiet: UpdateStatus = {
  version: '0.1.0',
  state: 'none',
  unavailable: null,
  channel: 'stable',
  checked_at: '2026-11-20T14:20:00Z',
  offer: null,
  done_bytes: null,
  installs_at: null,
  by_hand: false,
  later_until: null,
  failed: null,
  failed_at: null,
  updated: null,
  previous: null,
};
const cause = {
  code: 'UPDATE_SIGNATURE',
  message: 'The list of releases is not signed by Backroom.',
  hint: 'It was not taken, and nothing was changed. If it stays for a day, tell whoever looks after Backroom.',
  retryable: false,
};

/** Every state a picture is taken of, chosen by `?update=<name>`. */
const states: Record<string, UpdateStatus> = {
  none: quiet,
  unavailable: {
    ...quiet,
    state: 'unavailable',
    checked_at: null,
    unavailable: {
      code: 'UPDATE_NOT_BUILT_IN',
      message: 'This build does not update itself.',
      hint: 'Whoever installed it here brings newer versions.',
      retryable: false,
    },
  },
  checking: { ...quiet, state: 'checking' },
  not_yet: { ...quiet, state: 'not_yet', offer },
  found: { ...quiet, state: 'found', offer },
  downloading: { ...quiet, state: 'downloading', offer, done_bytes: 7_900_000 },
  ready: { ...quiet, state: 'ready', offer, installs_at: '2026-11-21T06:00:00Z' },
  later: {
    ...quiet,
    state: 'ready',
    offer,
    installs_at: '2026-11-24T06:00:00Z',
    later_until: '2026-11-23T20:05:00Z',
  },
  by_hand: { ...quiet, state: 'ready', offer, by_hand: true },
  installing: { ...quiet, state: 'installing', offer },
  failed: { ...quiet, failed: cause, failed_at: '2026-11-20T13:05:00Z' },
  updated: {
    ...quiet,
    version: '0.2.0',
    updated: { from: '0.1.0', to: '0.2.0', notes: offer.notes, at: '2026-11-20T08:01:00Z', wrong: null },
    previous: { version: '0.1.0', backup: '/data/updates/before-0.2.0.db', kept: true },
  },
  unwell: {
    ...quiet,
    version: '0.2.0',
    updated: {
      from: '0.1.0',
      to: '0.2.0',
      notes: offer.notes,
      at: '2026-11-20T08:01:00Z',
      wrong: {
        code: 'UPDATE_SELF_CHECK',
        message: 'Version 0.2.0 is installed, but the data is damaged.',
        hint: 'Press Go back to return to the version of before with the data of before.',
        retryable: false,
      },
    },
    previous: { version: '0.1.0', backup: '/data/updates/before-0.2.0.db', kept: true },
  },
};

let current: UpdateStatus =
  states[new URLSearchParams(globalThis.location?.search ?? '').get('update') ?? 'none'] ?? quiet;

export const status = (): UpdateStatus => current;
export function become(change: Partial<UpdateStatus> & { state?: UpdateState }): UpdateStatus {
  current = { ...current, ...change };
  return current;
}
