import { auditLog } from '../audit/log.svelte';
import { act } from '../ipc/index.svelte';
import type { Desk } from '../ipc/types/Desk';
import type { DeskDraft } from '../ipc/types/DeskDraft';
import type { Settings } from '../ipc/types/Settings';
import type { SettingsDraft } from '../ipc/types/SettingsDraft';
import { doing } from '../ui/doing.svelte';
import { deskDraft, draftOf } from './draft';

/** Saves by `send` and tells what became of it. */
function savingBy<Whole, Change>(send: (whole: Whole, change: Change) => Promise<unknown>) {
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
    async save(whole: Whole, change: Change): Promise<boolean> {
      saved = false;
      saved = await action.run(() => send(whole, change));
      // What was done stands in the log further down.
      if (saved) void auditLog.refresh();
      return saved;
    },
  };
}

/** Saves one section of the settings. */
export const saving = () =>
  savingBy((settings: Settings, change: Partial<SettingsDraft>) => act('save_settings', draftOf(settings, change)));

/** Saves one part of how this computer shows and starts Backroom. */
export const savingDesk = () =>
  savingBy((desk: Desk, change: Partial<DeskDraft>) => act('save_desk', deskDraft(desk, change)));
