// What Backroom is beside its screens: the icon beside the clock with its menu, notices, starting at sign-in, keys that open the ID check,
// one Backroom for one data folder.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { emptyHome, giveScreen, openWindow, programs } from '../lib/app.mjs';
import { desktop } from '../lib/desktop.mjs';
import { noDesktop, openDesktop } from '../lib/desktop-bus.mjs';
import { asker, standIns } from '../lib/engine.mjs';
import { start } from '../lib/processes.mjs';
import { until } from '../lib/until.mjs';

const WINDOW = '^Backroom$';
const QUESTION = '^Close Backroom$';
const LINK = 'backroom://connected?code=sparrow-1&state=sparrow-2';

const run = promisify(execFile);

/** A place with a desktop on its bus before the window is there: an icon registers once, when the program starts. */
async function withDesktop(/** @type {string[]} */ args) {
  /** @type {Awaited<ReturnType<typeof openDesktop>> | undefined} */
  let bus;
  const app = await openWindow(args, {
    onBus: async (env, closing) => {
      bus = await openDesktop(env, closing);
    },
  });
  return { ...app, bus: /** @type {NonNullable<typeof bus>} */ (bus), screen: desktop(app.env), ask: asker(app.session) };
}

const shows = (/** @type {import('../lib/webdriver.mjs').Session} */ session, /** @type {string} */ heading) =>
  until(`the screen ${heading}`, async () => (await session.run(`return document.querySelector('h1')?.textContent ?? ''`)) === heading);

describe('the icon beside the clock', { skip: noDesktop() }, () => {
  /** @type {Awaited<ReturnType<typeof withDesktop>>} */
  let app;
  before(async () => {
    app = await withDesktop(['--demo']);
    await until('the window', () => app.screen.visible(WINDOW));
  });
  after(() => app?.close());

  test('is there, with its menu', async () => {
    await until('the icon', () => app.bus.hasIcon());
    const { entries, status } = await app.bus.icon();
    assert.equal(status, 'Active');
    assert.deepEqual(
      entries.filter((entry) => entry.kind !== 'separator').map((entry) => entry.words.replaceAll('_', '')),
      ['Open Backroom', 'Check an ID', 'Sync now', 'Keep running when the window is closed', 'Quit'],
    );
    assert.ok(entries.every((entry) => entry.enabled), 'each can be chosen');
  });

  test('its picture follows how things stand', async () => {
    const fresh = (/** @type {any} */ state) => state.freshness.sources.every((/** @type {any} */ one) => one.state === 'fresh');
    await until('the first sync', async () => fresh(await app.ask('app_state')), 60_000);
    const demo = await standIns(path.join(app.dataDir, 'demo'));
    /** Pictures are files of the program's own; what they show is read from their bytes. */
    const picture = async () => {
      const { picture: name } = await app.bus.icon();
      return readFileSync(existsSync(name) ? name : `${name}.png`).toString('base64');
    };
    const calm = await until('a calm icon', async () => {
      const state = await app.ask('app_state');
      return !state.freshness.syncing && fresh(state) && picture();
    }, 60_000);
    await demo.changeToken('another');
    await app.ask('sync_now');
    await until('the refusal', async () => (await app.ask('app_state')).freshness.sources.some((/** @type {any} */ one) => one.state === 'failing'), 60_000);
    await until('another picture', async () => (await picture()) !== calm);
  });

  test('"Check an ID" brings the window forward with the ID check in it', async () => {
    await app.screen.close(WINDOW);
    await app.screen.press(QUESTION, 'Return');
    await app.screen.gone(WINDOW);
    await app.bus.press('Check an ID');
    await until('the window', () => app.screen.visible(WINDOW));
    assert.equal(await app.session.run('return location.hash'), '#/age');
  });

  test('closing puts the window away without asking again, and "Open Backroom" brings it back', async () => {
    await app.screen.close(WINDOW);
    await app.screen.gone(WINDOW);
    await app.bus.press('Open Backroom');
    await until('the window', () => app.screen.visible(WINDOW));
  });

  test('"Sync now" syncs', async () => {
    const last = async () => (await app.ask('app_state')).freshness.sources[0].last_attempt;
    const was = await last();
    await app.bus.press('Sync now');
    await until('another attempt', async () => (await last()) > was, 60_000);
  });

  test('what needs a hand was told once, as a demonstration’s and without an amount', async () => {
    // The refused token above is what needs a hand; at night the desktop of a test is as quiet as a person's.
    const quiet = await app.ask('desk');
    await app.ask('save_desk', { ...draft(quiet), quiet_from: '00:00', quiet_until: '00:00' });
    const told = await until('a notice', () => app.bus.notices().find((one) => /needs a hand/.test(one.notice)), 60_000);
    assert.equal(told.by, 'Backroom');
    assert.match(told.notice, /^Demonstration: /);
    assert.doesNotMatch(told.body, /\$\d/);
  });

  test('"Quit" ends the program', async () => {
    const pid = await app.screen.process(WINDOW);
    await app.bus.press('Quit');
    await until('the end', () => !existsSync(`/proc/${pid}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
  });
});

/** What `save_desk` takes of what `desk` told. */
function draft(/** @type {any} */ { failures, summary, quiet_from, quiet_until, start_at_login, id_check_keys }) {
  return { failures, summary, quiet_from, quiet_until, start_at_login, id_check_keys };
}

describe('what an owner sets', { skip: noDesktop() }, () => {
  /** @type {Awaited<ReturnType<typeof withDesktop>>} */
  let app;
  before(async () => {
    app = await withDesktop([]);
    await until('the page', () => app.session.run(`return document.querySelector('h1') !== null`));
  });
  after(() => app?.close());
  const entries = () => {
    const folder = path.join(app.home, '.config', 'autostart');
    return existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8')) : [];
  };

  test('starting at sign-in is an entry of the system’s list, gone when it is off', async () => {
    assert.deepEqual(entries(), [], 'nobody asked for it');
    const before = draft(await app.ask('desk'));
    const on = await app.ask('save_desk', { ...before, start_at_login: true });
    assert.equal(on.login_trouble, null);
    const [entry, ...others] = entries();
    assert.deepEqual(others, []);
    assert.match(entry, /^Exec="[^"]*\/backroom" --hidden --data-dir "[^"]+"$/m);
    assert.ok(entry.includes(`"${app.dataDir}"`), 'with its own data folder');
    await app.ask('save_desk', before);
    assert.deepEqual(entries(), []);
  });

  test('keys open the ID check whatever is in front, and others do not once they are changed', async () => {
    const before = draft(await app.ask('desk'));
    const set = await app.ask('save_desk', { ...before, id_check_keys: 'Ctrl+Alt+I' });
    assert.equal(set.keys_trouble, null);
    await app.session.run(`location.hash = '#/settings'`);
    await run('xdotool', ['key', 'ctrl+alt+i'], { env: app.env });
    await until('the ID check', async () => (await app.session.run('return location.hash')) === '#/age');
    await app.ask('save_desk', before);
    await app.session.run(`location.hash = '#/settings'`);
    await run('xdotool', ['key', 'ctrl+alt+i'], { env: app.env });
    await shows(app.session, 'Settings');
    assert.equal(await app.session.run('return location.hash'), '#/settings', 'they were given back');
  });

  test('keys of another program are told in words', async () => {
    const other = start('python3', ['-c', GRAB], app.env);
    try {
      await until('the other program', () => other.said.out.includes('held'));
      const before = draft(await app.ask('desk'));
      const set = await app.ask('save_desk', { ...before, id_check_keys: 'Ctrl+Alt+V' });
      assert.equal(set.keys_trouble.code, 'KEYS_TAKEN');
      assert.match(set.keys_trouble.message, /Another program/);
      assert.equal((await app.ask('desk')).keys_trouble.code, 'KEYS_TAKEN', 'and it is still told when it is asked again');
      await app.ask('save_desk', before);
      assert.equal((await app.ask('desk')).keys_trouble, null);
    } finally {
      await other.stop();
    }
  });

  test('a second start hands its link to the first and ends', async () => {
    const second = start(programs.window, [LINK], app.env);
    assert.equal(await second.ended, 0, second.said.err);
    await until('Connections', async () => (await app.session.run('return location.hash')) === '#/connections?link=unused');
    const page = await app.session.run('return document.documentElement.outerHTML + location.href');
    assert.doesNotMatch(page, /sparrow/, 'nothing of the link gets into the page');
    assert.doesNotMatch(second.said.out + second.said.err, /sparrow/);
  });
});

// Another program that holds Ctrl+Alt+V, as a desktop's own shortcuts do: the X protocol by its library, since there is no tool for it.
const GRAB = `
import ctypes, ctypes.util, signal
x = ctypes.CDLL(ctypes.util.find_library("X11"))
x.XOpenDisplay.restype = ctypes.c_void_p
x.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
x.XDefaultRootWindow.restype = ctypes.c_ulong
x.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
x.XGrabKey.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_ulong, ctypes.c_int, ctypes.c_int, ctypes.c_int]
x.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
screen = x.XOpenDisplay(None)
root = x.XDefaultRootWindow(screen)
x.XGrabKey(screen, x.XKeysymToKeycode(screen, ord("v")), 4 | 8, root, 1, 1, 1)
x.XSync(screen, 0)
print("held", flush=True)
signal.pause()`;

describe('an end that nobody wanted', { skip: process.platform !== 'linux' && 'needs a screen of its own' }, () => {
  test('is told at the next start, can be read, and is gone when it is removed', async () => {
    const place = await emptyHome();
    try {
      const closing = /** @type {(() => Promise<unknown>)[]} */ ([]);
      const env = { ...place.env, BACKROOM_DATA_DIR: place.dataDir, BACKROOM_TEST_CRASH: '1' };
      try {
        await giveScreen(place.home, env, closing, { width: 1280, height: 800, bus: true });
        const fell = start(programs.window, [], env);
        assert.notEqual(await fell.ended, 0, 'it fell over');
      } finally {
        for (const step of closing.reverse()) await step();
      }
      const folder = path.join(place.dataDir, 'crashes');
      const [report, ...others] = readdirSync(folder);
      assert.deepEqual(others, [], 'one report');
      const kept = JSON.parse(readFileSync(path.join(folder, report), 'utf8'));
      assert.match(kept.place, /^src-tauri\/src\/lib\.rs:\d+$/);
      assert.doesNotMatch(JSON.stringify(kept), /sparrow/, 'the words of a fall are not kept');
      assert.match(readFileSync(path.join(place.dataDir, 'logs', 'backroom.log'), 'utf8'), /The program fell over here/);

      const app = await openWindow([], { place });
      try {
        const { session } = app;
        // Nothing is connected here: the first start has a page of its own, every other screen tells it.
        await until('the page', () => session.run(`return document.querySelector('h1') !== null`));
        await session.run(`location.hash = '#/connections'`);
        const note = () => session.run(`return document.querySelector('[aria-label="Ended unexpectedly"]')?.innerText ?? ''`);
        assert.match(await until('a note', note), /ended unexpectedly/);
        await session.run(`[...document.querySelectorAll('[aria-label="Ended unexpectedly"] button')].find((b) => b.textContent.trim() === 'Show').click()`);
        const shown = () => session.run(`return document.querySelector('dialog[open]')?.innerText ?? ''`);
        assert.match(await until('the report', shown), /src-tauri\/src\/lib\.rs:\d+/);
        await session.run(`[...document.querySelectorAll('dialog[open] button')].find((b) => b.textContent.trim() === 'Delete').click()`);
        await until('no note', async () => !(await note()));
        assert.deepEqual(readdirSync(folder), []);
      } finally {
        await app.close();
      }
    } finally {
      await place.remove();
    }
  });
});
