// The windows on a test's virtual screen, as a person meets them: by name, by their frame's button, by the keyboard.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.mjs';

const CLOSE = path.join(import.meta.dirname, 'close-window.py');
const SCAN = path.join(import.meta.dirname, 'scan-keys.py');
const run = promisify(execFile);

/** @param {NodeJS.ProcessEnv} env names the screen */
export function desktop(env) {
  const xdotool = async (/** @type {string[]} */ ...args) => (await run('xdotool', args, { env })).stdout.trim();
  /** The id of the visible window of that name, or nothing. */
  const visible = (/** @type {string} */ name) =>
    xdotool('search', '--onlyvisible', '--name', name).then(
      (ids) => ids.split('\n')[0],
      () => undefined,
    );
  const id = async (/** @type {string} */ name) => String(await until(name, () => visible(name)));
  return {
    visible,
    /** The process that a window belongs to. */
    process: async (/** @type {string} */ name) => Number(await xdotool('getwindowpid', await id(name))),
    /** Asks a window to close, as the button in its frame does. */
    close: async (/** @type {string} */ name) => run('python3', [CLOSE, await id(name)], { env }),
    /** Presses keys in a window. */
    async press(/** @type {string} */ name, /** @type {string[]} */ ...keys) {
      await xdotool('windowfocus', '--sync', await id(name));
      await xdotool('key', ...keys);
    },
    /** Types a text into whatever has the keyboard in a window. */
    async type(/** @type {string} */ name, /** @type {string} */ text) {
      await xdotool('windowfocus', '--sync', await id(name));
      await xdotool('type', '--delay', '20', text);
    },
    /** Types a text into a window as a scanner does, so many milliseconds a key; it stands in no list of processes. */
    async scan(/** @type {string} */ name, /** @type {string} */ text, /** @type {number} */ each) {
      await xdotool('windowfocus', '--sync', await id(name));
      const typed = run('python3', [SCAN, String(each)], { env });
      typed.child.stdin?.end(text);
      await typed;
    },
    gone: (/** @type {string} */ name) => until(`${name} gone`, async () => !(await visible(name))),
  };
}
