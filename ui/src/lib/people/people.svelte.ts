import { act, query } from '../ipc/index.svelte';
import { invalidates } from '../ipc/commands';
import type { People } from '../ipc/types/People';
import type { Person } from '../ipc/types/Person';
import { asApiError, type Platform } from '../platform';
import { shortcuts } from '../shell/shortcuts.svelte';
import { why } from '../why/why.svelte';
import { covers, roleOf, type Role } from './roles';

const KEY = 'backroom.people';
const asked = query('people', () => null);
let remembered = localStorage.getItem(KEY) === '1';
/** Whether the last start had people: nothing is drawn then before it is known who is at work. */
const expected = remembered;

const ofAnotherFolder = new Set(['start_demo', 'leave_demo', 'open_again', 'set_aside']);

/** An action that was refused for the role of whoever is at work, until somebody enters a PIN or thinks better of it. */
interface Refused {
  needed: Role;
  /** Tells whether to try again. */
  settle: (again: boolean) => void;
}
let refused = $state.raw<Refused | null>(null);

export const people = {
  /** Who may work here; undefined before the first answer. */
  get current(): People | undefined {
    const current = asked.data;
    if (current && current.people.length > 0 !== remembered) {
      remembered = !remembered;
      localStorage.setItem(KEY, remembered ? '1' : '0');
    }
    return current;
  },
  get error() {
    return asked.error;
  },
  /** Whether nothing may be drawn yet. */
  get unknown(): boolean {
    return expected && !asked.data && !asked.error;
  },
  get locked(): boolean {
    return people.current?.locked ?? false;
  },
  get atWork(): Person | null {
    return people.current?.at_work ?? null;
  },
  /** Where nobody has to enter a PIN, everybody is the owner. */
  get role(): Role {
    const current = people.current;
    if (!current) return 'clerk';
    return current.at_work ? roleOf(current.at_work.role) : current.locked ? 'clerk' : 'owner';
  },
  get refused(): Refused | null {
    return refused;
  },
  refresh: () => asked.refresh(),
};

/** Whether whoever is at work is at least this. */
export function may(needed: Role): boolean {
  return covers(people.role, needed);
}

/** Closes Backroom to everybody until a PIN is entered, also whatever stands open over the screens. */
export async function lock(): Promise<void> {
  why.close();
  shortcuts.mapOpen = false;
  refused?.settle(false);
  await act('leave', null);
}

function permission(needed: Role): Promise<boolean> {
  if (refused) return Promise.resolve(false);
  return new Promise((resolve) => {
    refused = {
      needed,
      settle(again) {
        refused = null;
        resolve(again);
      },
    };
  });
}

/**
 * The same engine, whose refusals are seen by everybody: a lock brings the lock screen, and what a role does not cover
 * asks for somebody whose role does, then goes on.
 */
export function guarded(platform: Platform): Platform {
  return {
    ...platform,
    async rpc(name, args) {
      try {
        const answer = await platform.rpc(name, args);
        // Another folder has other people.
        if (ofAnotherFolder.has(name)) void asked.refresh();
        return answer;
      } catch (thrown) {
        const { code, role } = asApiError(thrown);
        if (code === 'LOCKED') {
          why.close();
          void asked.refresh();
        }
        if (code === 'ROLE_NEEDED' && name in invalidates && (await permission(roleOf(role ?? 'owner')))) {
          return platform.rpc(name, args);
        }
        throw thrown;
      }
    },
  };
}
