// Data that cannot be opened: a screen that says what happened, what is safe and what to do, and "Try again" that works once the
// cause has gone.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { openWindow, programs } from '../lib/app.mjs';
import { start } from '../lib/processes.mjs';
import { until } from '../lib/until.mjs';

const run = promisify(execFile);
const FIRST_RUN = 'Look at the demonstration store';

/** @typedef {{ dataDir: string, env: NodeJS.ProcessEnv }} Place */

const buffer = (/** @type {Place} */ place) => path.join(place.dataDir, 'backroom.db');
const ctl = (/** @type {Place} */ place, /** @type {string[]} */ ...args) =>
  run(programs.ctl, ['--secrets', 'env', '--data-dir', place.dataDir, ...args], { env: place.env });
/** An empty shop's buffer. */
const made = (/** @type {Place} */ place) => ctl(place, 'doctor', '--rebuild');
const sql = (/** @type {Place} */ place, /** @type {string} */ statement) =>
  run('python3', ['-c', 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])', buffer(place), statement]);

/** How a folder is made read-only: by its rights, and for root, who has all rights, by a mount of its own. */
async function waysToReadOnly() {
  if (process.platform === 'win32') return undefined;
  if (process.getuid?.() !== 0) {
    const rights = (/** @type {number} */ mode) => (/** @type {string} */ folder) => chmod(folder, mode);
    return { on: rights(0o555), off: rights(0o755), end: rights(0o755) };
  }
  const on = (/** @type {string} */ folder) => run('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', folder]);
  const off = (/** @type {string} */ folder) => run('mount', ['-o', 'remount,rw', folder]);
  const end = (/** @type {string} */ folder) => run('umount', ['--lazy', folder]);
  const trial = await mkdtemp(path.join(tmpdir(), 'backroom-e2e-'));
  try {
    await on(trial);
    await end(trial);
    return { on, off, end };
  } catch {
    return undefined;
  } finally {
    await rmdir(trial).catch(() => {});
  }
}
const readOnly = await waysToReadOnly();

/**
 * Each: what is wrong, how it comes about, what must be read on the screen, and how it is put right.
 * @type {{ name: string, skip?: string | false, cause: (place: Place) => Promise<unknown>, says: RegExp[],
 *   cure: (place: Place, remembered: any) => Promise<unknown> }[]}
 */
const troubles = [
  {
    name: 'garbage in place of the database',
    cause: async (place) => {
      await mkdir(place.dataDir);
      await writeFile(buffer(place), 'this is no database, but somebody’s file '.repeat(200));
    },
    says: [/file on this computer is damaged/, /Square still has every sale/, /[Rr]estore a backup/],
    cure: (place) => rm(buffer(place)),
  },
  {
    name: 'a damaged database',
    cause: async (place) => {
      await made(place);
      const sound = await readFile(buffer(place));
      const damaged = Buffer.from(sound);
      damaged.fill(0xa5, 4096);
      await writeFile(buffer(place), damaged);
      return sound;
    },
    says: [/file on this computer is damaged/, /Square still has every sale/, /[Rr]estore a backup/],
    cure: (place, sound) => writeFile(buffer(place), sound),
  },
  {
    name: 'a database of a newer Backroom',
    cause: async (place) => {
      await made(place);
      const known = (await run('python3', ['-c', 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version").fetchone()[0])', buffer(place)])).stdout;
      await sql(place, 'PRAGMA user_version = 99');
      return known.trim();
    },
    says: [/saved by a newer Backroom/, /Every sale is kept/, /Update Backroom/],
    cure: (place, known) => sql(place, `PRAGMA user_version = ${known}`),
  },
  {
    name: 'a file in place of the folder',
    cause: (place) => writeFile(place.dataDir, ''),
    says: [/cannot use its data folder/, /Nothing was changed/, /Check that the folder exists/],
    cure: (place) => rm(place.dataDir),
  },
  {
    name: 'a folder that may not be written to',
    skip: readOnly ? false : 'nothing can be made read-only here',
    cause: async (place) => {
      await mkdir(place.dataDir);
      await readOnly?.on(place.dataDir);
      return { stop: () => readOnly?.end(place.dataDir) };
    },
    says: [/may not write to|cannot use its data folder/, /unchanged|Nothing was changed/],
    cure: (place) => /** @type {NonNullable<typeof readOnly>} */ (readOnly).off(place.dataDir),
  },
  {
    name: 'a folder that backroomctl is using',
    cause: async (place) => {
      const other = start(programs.ctl, ['--secrets', 'env', '--data-dir', place.dataDir, 'run', '--every', '1h'], place.env);
      await until('backroomctl at work', () => other.said.err);
      return other;
    },
    says: [/Another Backroom is using/, /goes on undisturbed/, /Close the other/],
    cure: (_, other) => other.stop(),
  },
  {
    name: 'settings with a mistake',
    cause: async (place) => {
      await mkdir(place.dataDir);
      await writeFile(path.join(place.dataDir, 'config.toml'), '[store]\nzone = "America/Chicago"\n');
    },
    says: [/settings file has a mistake/, /line 2/, /zone/, /Every sale is kept/, /Correct it in config\.toml/],
    cure: (place) => rm(path.join(place.dataDir, 'config.toml')),
  },
];

describe('data that cannot be opened', () => {
  for (const { name, skip, cause, says, cure } of troubles) {
    test(name, { skip }, async () => {
      let remembered;
      const app = await openWindow([], {
        prepare: async (place) => {
          remembered = await cause(place);
        },
      });
      const again = () => app.session.click('main button');
      try {
        const shown = await until('the trouble on the screen', async () => {
          const text = await app.session.text();
          return text.includes('What is safe') && text;
        });
        for (const words of says) assert.match(shown, words, 'what happened, what is safe, what to do');
        assert.ok(shown.includes(app.dataDir), 'which folder it is about');
        assert.doesNotMatch(shown, /\$0\.00/, 'no figures that could pass for the shop’s');
        await again();
        await until('the answer that it is still so', async () => (await app.session.text()).includes('It is still so'));
        await cure({ dataDir: app.dataDir, env: app.env }, remembered);
        await again();
        await until('the way on, without another start', async () => (await app.session.text()).includes(FIRST_RUN));
      } finally {
        await remembered?.stop?.();
        await app.close();
      }
    });
  }
});

describe('a damaged file', () => {
  test('is put aside from the screen, kept, and Backroom goes on with an empty one', async () => {
    const damaged = 'this is no database, but somebody’s file '.repeat(200);
    const app = await openWindow([], {
      prepare: async (place) => {
        await mkdir(place.dataDir);
        await writeFile(buffer(place), damaged);
      },
    });
    try {
      await until('the offer', async () => (await app.session.text()).includes('Put it aside'));
      await app.session.click('main button:not(.main)');
      await until('the way on', async () => (await app.session.text()).includes(FIRST_RUN));
      assert.equal(await readFile(path.join(app.dataDir, 'backroom.db.damaged-1'), 'utf8'), damaged, 'nothing is deleted');
      await app.session.invoke('rpc', { name: 'set_aside', args: null });
      assert.ok((await app.session.text()).includes(FIRST_RUN), 'a sound file stays where it is');
      const { answer } = await app.session.invoke('rpc', { name: 'app_state', args: null });
      assert.equal(answer?.first_run, true);
    } finally {
      await app.close();
    }
  });
});

describe('a computer that is not as it should be', () => {
  test('without a keychain, secrets last for the session, and Connections says so', async () => {
    const app = await openWindow([], { bus: false });
    try {
      await until('the first run', async () => (await app.session.text()).includes(FIRST_RUN));
      await app.session.run(`location.hash = '#/connections'`);
      const shown = await until('the words about the keychain', async () => {
        const text = await app.session.text();
        return /Code \w*KEYCHAIN/.test(text) && text;
      });
      assert.match(shown, /lasts until Backroom is closed/, 'how long a secret lasts');
      assert.doesNotMatch(shown, /(goes into|stay in) this computer’s keychain/, 'no promise that cannot be kept');
    } finally {
      await app.close();
    }
  });

  test('with its clock in the past, no day passes for today', async () => {
    const app = await openWindow(['--demo']);
    try {
      const folder = { dataDir: path.join(app.dataDir, 'demo'), env: app.env };
      await until('a sale', async () => {
        const { answer } = await app.session.invoke('rpc', { name: 'summary', args: { location: null } });
        return answer.all.transactions > 0;
      });
      // Sales three days ahead are what a clock three days behind looks like. Under a later version, so that the next sync, which
      // reads the same payment again, does not put it right meanwhile.
      const micros = 3 * 86_400_000_000;
      await sql(folder, `PRAGMA busy_timeout = 20000; UPDATE payment SET taken_at = taken_at + ${micros}, version = version + ${10 * micros} WHERE pk = (SELECT pk FROM payment ORDER BY taken_at DESC LIMIT 1);`);
      await app.session.run('location.reload()');
      const shown = await until('the words about the clock', async () => {
        const text = await app.session.text();
        return text.includes('clock is wrong') && text;
      });
      assert.match(shown, /It says .+, but the newest sale here was made .+\./, 'both times');
      assert.doesNotMatch(shown, /Net so far/, 'no figures of a day that is not today');
      await app.session.run(`location.hash = '#/sales'`);
      await until('the same on other screens', async () => /newest sale\s+is of/.test(await app.session.text()));
    } finally {
      await app.close();
    }
  });
});
