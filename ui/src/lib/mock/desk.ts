import type { CrashReport } from '../ipc/types/CrashReport';
import type { Desk } from '../ipc/types/Desk';
import type { DeskDraft } from '../ipc/types/DeskDraft';
import type { SupportFile } from '../ipc/types/SupportFile';

let kept: DeskDraft = {
  failures: true,
  summary: true,
  quiet_from: '21:00',
  quiet_until: '08:00',
  start_at_login: true,
  id_check_keys: null,
};
let forgotten = false;

export const desk = (): Desk => ({
  ...kept,
  keys: ['Ctrl+Alt+I', 'Ctrl+Alt+V', 'Ctrl+Shift+F7'],
  login_trouble: null,
  keys_trouble:
    kept.id_check_keys === 'Ctrl+Alt+V'
      ? {
          code: 'KEYS_TAKEN',
          message: 'Another program has these keys, so they do not open the ID check.',
          hint: 'Choose other keys, or close the program that has them and save again.',
          retryable: false,
        }
      : null,
});

export function keep(draft: DeskDraft): Desk {
  kept = draft;
  return desk();
}

export const forget = () => {
  forgotten = true;
};

const calls = ['backroom_app::tray::build', 'backroom_app::start::{{closure}}', 'backroom_app::run', 'main'];

export const crashes = (any: boolean): CrashReport[] =>
  any && !forgotten
    ? [
        {
          at: '2026-11-19T21:12:07Z',
          version: '0.1.0',
          place: 'src-tauri/src/tray.rs:83',
          text: `Backroom 0.1.0 on windows x86_64\n2026-11-19T21:12:07Z\nin the thread main\nat src-tauri/src/tray.rs:83\n\n${calls.map((call, at) => `${String(at).padStart(3)}  ${call}`).join('\n')}\n`,
        },
      ]
    : [];

export const support: SupportFile = {
  name: 'backroom-support-2026-11-20.json',
  text: `${JSON.stringify(
    {
      what_this_is:
        'A support file of Backroom: how it is set and how it stands. No sales, no customers, no names, no secrets.',
      made_at: '2026-11-20T16:05:00Z',
      version: '0.1.0',
      system: 'windows',
      schema: 5,
      counts: { payments: 100_184, refunds: 1_204, products: 512, customers: 1_702 },
      streams: [{ source: 1, entity: 'payments', location: 1, rows: 100_184, history_done: true, trouble: null }],
      log: ['2026-11-20T15:58:02.114023Z  INFO backroom_api::cycle: A sync could not be done. code=SQUARE_TIMEOUT'],
    },
    null,
    2,
  )}\n`,
};
