// Starting: the window shows itself, and there is one Backroom for one data folder.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { openWindow, programs } from '../lib/app.mjs';
import { desktop } from '../lib/desktop.mjs';
import { start } from '../lib/processes.mjs';
import { until } from '../lib/until.mjs';

describe('the window', () => {
  /** @type {Awaited<ReturnType<typeof openWindow>>} */
  let app;
  before(async () => {
    app = await openWindow(['--demo']);
  });
  after(() => app?.close());

  test('shows itself with the page in it', async () => {
    await until('the screens in the window', async () => (await app.session.text()).includes('Today'));
    assert.equal(await app.session.run('return document.visibilityState'), 'visible');
    assert.match(await app.session.title(), /Backroom/);
  });

  test('a second start brings the first one forward and ends', async () => {
    const second = start(programs.window, ['--demo'], app.env);
    assert.equal(await second.ended, 0, second.said.err);
    assert.match(await app.session.title(), /Backroom/, 'the first goes on');
  });

  test('a wrong option is refused with the right ones', async () => {
    const wrong = start(programs.window, ['--dmeo'], app.env);
    assert.equal(await wrong.ended, 2);
    assert.match(wrong.said.err, /--dmeo[^]*--demo/);
  });
});

// Somebody who writes into the buffer keeps the engine from opening it, for as long as this program lives.
const HOLD = `
import signal, sqlite3, sys
buffer = sqlite3.connect(sys.argv[1], isolation_level=None)
buffer.execute("BEGIN IMMEDIATE")
print("held", flush=True)
signal.pause()`;

/** The window while its engine is still opening. */
async function opening() {
  /** @type {ReturnType<typeof start> | undefined} */
  let holder;
  const app = await openWindow([], {
    prepare: async (place) => {
      await promisify(execFile)(programs.ctl, ['--secrets', 'env', '--data-dir', place.dataDir, 'doctor', '--rebuild'], {
        env: place.env,
      });
      holder = start('python3', ['-c', HOLD, path.join(place.dataDir, 'backroom.db')], place.env);
      await until('the buffer held', () => holder?.said.out.includes('held'));
    },
  });
  return { app, letGo: () => holder?.stop() };
}

/** Whether a process lives; one that has ended and is not yet collected does not. */
function runs(/** @type {number} */ pid) {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('while the engine opens', () => {
  test('the window stands, nothing moves when the answer comes, and a second start finds the first', async () => {
    const { app, letGo } = await opening();
    /** Where the frame's parts are. */
    const places = () =>
      app.session.run(`
        return ['nav', 'main', 'h1', 'footer'].map((part) => {
          const { x, y, width, height } = document.querySelector(part).getBoundingClientRect();
          return [part, x, y, part === 'h1' ? 0 : width, height];
        })`);
    try {
      assert.equal(await app.session.run(`return document.visibilityState`), 'visible', 'before the engine is open');
      // As at the second start of a shop that is connected.
      await app.session.run(`localStorage.setItem('backroom.start', 'shop'); location.hash = '#/connections'; location.reload()`);
      await until('the frame', () => app.session.run(`return document.querySelector('main [aria-busy="true"]') !== null`));
      const before = await places();
      const second = start(programs.window, [], app.env);
      assert.equal(await second.ended, 0, second.said.err);
      assert.ok(await app.session.run(`return document.querySelector('main [aria-busy="true"]') !== null`), 'still opening');
      await letGo();
      await until('the screen', async () => (await app.session.text()).includes('Square access token'));
      const banner = await app.session.run(`return document.querySelector('.banners').getBoundingClientRect().height`);
      const moved = before.map(([part, x, y, width, height]) =>
        part === 'main' ? [part, x, y + banner, width, height - banner] : [part, x, part === 'h1' ? y + banner : y, width, height],
      );
      assert.deepEqual(await places(), moved, 'nothing moved, but for the note that no shop is connected');
    } finally {
      await letGo();
      await app.close();
    }
  });

  test('closing it is safe', { skip: process.platform !== 'linux' && 'needs an X server of its own' }, async () => {
    const { app, letGo } = await opening();
    const screen = desktop(app.env);
    try {
      const pid = await screen.process('^Backroom$');
      await screen.close('^Backroom$');
      await screen.press('^Close Backroom$', 'Tab', 'Return');
      await until('the end of the program', () => !runs(pid));
      await letGo();
      const place = ['--secrets', 'env', '--data-dir', app.dataDir];
      await promisify(execFile)(programs.ctl, [...place, 'doctor'], { env: app.env });
    } finally {
      await letGo();
      await app.close();
    }
  });
});
