import { auditLog } from '../audit/log.svelte';
import { act } from '../ipc/index.svelte';
import type { Settings } from '../ipc/types/Settings';
import type { SettingsDraft } from '../ipc/types/SettingsDraft';
import { doing } from '../ui/doing.svelte';
import { draftOf } from './draft';

/** Saves one section of the settings and tells what became of it. */
export function saving() {
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
    async save(settings: Settings, change: Partial<SettingsDraft>): Promise<boolean> {
      saved = false;
      saved = await action.run(() => act('save_settings', draftOf(settings, change)));
      // What was done stands in the log further down.
      if (saved) void auditLog.refresh();
      return saved;
    },
  };
}
