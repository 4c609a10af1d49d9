// A desktop of the test's own on its session bus: notices it was asked to show, and the icon beside the clock with its menu.
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { until } from './until.mjs';

const PROGRAM = path.join(import.meta.dirname, 'desktop-bus.py');
/** The system's own Python has the bindings of its packages; one that is found first may not. */
const PYTHONS = ['/usr/bin/python3', 'python3'];

/** The Python that can speak on a bus, or nothing. */
function python() {
  return PYTHONS.find((program) => {
    try {
      execFileSync(program, ['-c', 'import gi'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** Why there can be no such desktop here; false where there can. */
export function noDesktop() {
  if (process.platform !== 'linux') return 'needs a session bus of its own';
  return python() ? false : 'needs Python with PyGObject (python3-gi)';
}

/**
 * @typedef {{ notice: string, body: string, by: string, hints: string[] }} Notice
 * @typedef {{ number: number, words: string, kind: string, enabled: boolean, ticked: boolean }} Entry
 * @typedef {{ title: string, picture: string, status: string, entries: Entry[] }} Icon
 */

/**
 * Opens it on the bus that `env` names; how it ends goes on `closing`.
 * @param {NodeJS.ProcessEnv} env
 * @param {(() => Promise<unknown>)[]} closing
 */
export async function openDesktop(env, closing) {
  const program = spawn(String(python()), [PROGRAM], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => program.once('exit', resolve));
  closing.push(async () => {
    program.stdin.end();
    await ended;
  });
  const /** @type {any[]} */ lines = [];
  let rest = '';
  program.stdout.on('data', (bytes) => {
    const parts = (rest + bytes).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.filter(Boolean).map((line) => JSON.parse(line)));
  });
  await until('the desktop on the bus', () => lines.some((line) => line.ready));
  /** Says a wish and waits for its answer. */
  const wish = async (/** @type {unknown} */ what) => {
    const before = lines.length;
    program.stdin.write(`${JSON.stringify(what)}\n`);
    return until(`an answer to ${JSON.stringify(what)}`, () =>
      lines.slice(before).find((line) => line.seen || line.pressed || line.failed),
    );
  };
  return {
    /** Every notice so far. */
    notices: () => /** @type {Notice[]} */ (lines.filter((line) => typeof line.notice === 'string')),
    /** Whether a program has put up an icon. */
    hasIcon: () => lines.some((line) => line.icon),
    /** The icon as a desktop would draw it. */
    async icon() {
      const { seen, failed } = await wish({ menu: true });
      if (failed) throw new Error(failed);
      return /** @type {Icon} */ (seen);
    },
    /** Chooses an entry of the icon's menu. */
    async press(/** @type {string} */ words) {
      const { failed } = await wish({ press: words });
      if (failed) throw new Error(failed);
    },
  };
}
