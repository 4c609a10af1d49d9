import { auditLog } from '../audit/log.svelte';
import { act } from '../ipc/index.svelte';
import type { Desk } from '../ipc/types/Desk';
import type { DeskDraft } from '../ipc/types/DeskDraft';
import { doing } from '../ui/doing.svelte';
import { deskDraft } from './draft';

/** Saves one part of it and tells what became of it. */
export function savingDesk() {
  const action = doing();
  let saved = $state(false);
  return {
    get running() {
      return action.running;
    },
    get error() {
      return action.error;
    },
    get saved() {
      return saved;
    },
    async save(desk: Desk, change: Partial<DeskDraft>): Promise<boolean> {
      saved = false;
      saved = await action.run(() => act('save_desk', deskDraft(desk, change)));
      // What was done stands in the log further down.
      if (saved) void auditLog.refresh();
      return saved;
    },
  };
}
