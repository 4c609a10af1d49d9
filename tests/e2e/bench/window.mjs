// The figures of the window, each beside those of a bare web view in the same run: memory, idle, first numbers, a click.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { emptyHome, giveScreen, openWindow, programs } from '../lib/app.mjs';
import { desktop } from '../lib/desktop.mjs';
import { asker } from '../lib/engine.mjs';
import { openKeyring } from '../lib/keyring.mjs';
import { start } from '../lib/processes.mjs';
import { until } from '../lib/until.mjs';
import { build, spread } from './measure.mjs';
import { idle, memory, sum } from './tree.mjs';

const run = promisify(execFile);
const PAYMENTS = 5000;
const STARTS = 9;
const IDLE_SECONDS = 60;
/** From the start until the caches of the web view and the first tries to sync are behind it. */
const SETTLE_MS = 20_000;
const SWITCHES = 260;
const BETWEEN_CLICKS_MS = 100;
const AFTER_START_MS = 3000;
/** Looks at a page on which nothing changes: what the screen itself takes. */
const STILL = 60;
const TWO_FRAMES = `
  const done = arguments[0], started = performance.now();
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - started)));`;
const GOALS = { firstNumbers: 1.5, memory: 60e6, idle: 0.002, click: 50 };
const MB = 1e6;
const SIZE = { width: 1280, height: 800 };
/** How Backroom has the web view draw here (src-tauri/src/webkit.rs): the bare one is shown in both ways, the goal counts its own. */
const SAME_WAY = hasGraphicsDevice() ? {} : { WEBKIT_DISABLE_DMABUF_RENDERER: '1' };
/** Inside the bare window, where its first lines are. */
const BARE_TEXT = [0, 0, 400, 120];

function hasGraphicsDevice() {
  try {
    return readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  } catch {
    return false;
  }
}

const parts = new Set(process.argv.slice(2));
const wanted = (/** @type {string} */ part) => parts.size === 0 || parts.has(part);
const verdict = (/** @type {boolean} */ met) => (met ? 'met' : 'MISSED');
const say = (/** @type {string} */ line) => console.log(line);
const load = () => `load ${loadavg()[0].toFixed(1)}`;

/**
 * Fills a folder from the demonstration stand-ins and leaves it as a shop's own that reads from them: a shop at rest is one whose point
 * of sale answers, since what is out of reach is tried again every minute.
 */
async function fill(/** @type {Awaited<ReturnType<typeof emptyHome>>} */ place) {
  const demo = start(programs.ctl, ['--data-dir', place.dataDir, '--json', 'demo', '--payments', String(PAYMENTS)], place.env);
  closing.push(() => demo.stop());
  const told = await until('the stand-ins', () => /^\{.*\}$/ms.exec(demo.said.out)?.[0], 60_000);
  const token = JSON.parse(told).source_token;
  const env = { ...place.env, SQUARE_ACCESS_TOKEN: token };
  const ctl = (/** @type {string[]} */ ...words) =>
    run(programs.ctl, ['--secrets', 'env', '--data-dir', place.dataDir, ...words], { env, maxBuffer: 1e8 });
  await ctl('sync');
  await ctl('push');
  const config = path.join(place.dataDir, 'config.toml');
  await writeFile(config, (await readFile(config, 'utf8')).replace(/^demo\s*=\s*true$/m, ''));
  return token;
}

/** Starts a program on the screen, waits for its text and until it has come to rest. */
async function settled(/** @type {string} */ program, /** @type {string[]} */ args, /** @type {NodeJS.ProcessEnv} */ env, title = '') {
  const started = start(program, args, env);
  await until('its window', () => desktop(env).visible(title), 30_000);
  await pause(SETTLE_MS);
  return { session: Number(started.child.pid), stop: () => started.stop() };
}

function showMemory(/** @type {string} */ name, /** @type {{ name: string, bytes: number }[]} */ processes) {
  const list = processes.map((one) => `${one.name} ${(one.bytes / MB).toFixed(0)}`).join(', ');
  say(`  ${name.padEnd(22)} ${(sum(processes) / MB).toFixed(1).padStart(7)} MB PSS  (${list})`);
  return sum(processes);
}

async function showIdle(/** @type {string} */ name, /** @type {number} */ session) {
  const shares = await idle(session, IDLE_SECONDS);
  const all = shares.reduce((total, one) => total + one.share, 0);
  const list = shares.map((one) => `${one.name} ${(one.share * 100).toFixed(3)} %`).join(', ');
  say(`  ${name.padEnd(22)} ${(all * 100).toFixed(3).padStart(7)} % of a core over ${IDLE_SECONDS} s  (${list})`);
  return all;
}

/** Memory and idle of both windows, one after the other: side by side they would share what each needs alone. */
async function atRest(/** @type {string} */ bare, /** @type {NodeJS.ProcessEnv} */ env, /** @type {string[]} */ args) {
  say(`At rest (${load()})`);
  const floor = await settled(bare, [], env, '^Bare$');
  const floorBytes = showMemory('bare web view', await memory(floor.session));
  const floorIdle = await showIdle('bare web view', floor.session);
  await floor.stop();
  if (Object.keys(SAME_WAY).length > 0) {
    const alike = await settled(bare, [], { ...env, ...SAME_WAY }, '^Bare$');
    showMemory('bare, drawn likewise', await memory(alike.session));
    await alike.stop();
  }
  const app = await settled(programs.window, args, env, '^Backroom$');
  const bytes = showMemory('Backroom', await memory(app.session));
  const shown = await showIdle('Backroom, shown', app.session);
  const screen = desktop(env);
  await screen.close('^Backroom$');
  await screen.press('^Close Backroom$', 'Return');
  await screen.gone('^Backroom$');
  await pause(5000);
  const away = await showIdle('Backroom, in the tray', app.session);
  await app.stop();
  const over = bytes - floorBytes;
  say(`  memory over the bare web view ${(over / MB).toFixed(1)} MB (goal ${GOALS.memory / MB}): ${verdict(over <= GOALS.memory)}`);
  for (const [name, share] of Object.entries({ shown, 'in the tray': away })) {
    const figure = `${(share * 100).toFixed(3)} % (goal ${GOALS.idle * 100} %; bare ${(floorIdle * 100).toFixed(3)} %)`;
    say(`  idle ${name} ${figure}: ${verdict(share <= GOALS.idle)}`);
  }
}

/** Where the window shows what it took so far today. */
async function placeOfNumbers(/** @type {Awaited<ReturnType<typeof openWindow>>} */ app) {
  const [x, y, width, height] = await until('Today', () =>
    app.session.run(`
      const value = document.querySelector('.hero .value');
      if (!value || document.querySelector('main [aria-busy="true"]')) return null;
      const range = document.createRange();
      range.selectNodeContents(value);
      const { x, y, width, height } = range.getBoundingClientRect();
      return [x + screenX, y + screenY, width, height].map(Math.round);`),
  );
  return [x, y, width, height];
}

async function firstNumbers(
  /** @type {string} */ bare,
  /** @type {string} */ painted,
  /** @type {NodeJS.ProcessEnv} */ env,
  /** @type {string[]} */ args,
  /** @type {number[]} */ place,
) {
  say(`From the start of the program to the first painted text, ${STARTS} starts each, in turn (${load()})`);
  const once = async (/** @type {number[]} */ where, /** @type {string[]} */ command, more = {}) =>
    Number((await run(painted, [...where.map(String), ...command], { env: { ...env, ...more } })).stdout);
  const programsInTurn = {
    'bare web view': () => once(BARE_TEXT, [bare]),
    'bare, drawn likewise': () => once(BARE_TEXT, [bare], SAME_WAY),
    'Backroom, net of today': () => once(place, [programs.window, ...args]),
  };
  const took = Object.entries(programsInTurn).map(([name, go]) => ({ name, go, list: /** @type {number[]} */ ([]) }));
  // The first of each reads libraries from the disk and is not counted.
  for (let n = 0; n <= STARTS; n++) {
    for (const { go, list } of took) {
      const milliseconds = await go();
      if (n > 0) list.push(milliseconds);
    }
  }
  const [floor, , ours] = took.map(({ list }) => spread(list));
  for (const { name, list } of took) {
    const s = spread(list);
    say(`  ${name.padEnd(22)} min ${s.min.toFixed(0)}, median ${s.median.toFixed(0)}, max ${s.max?.toFixed(0)} ms`);
  }
  const ratio = ours.median / floor.median;
  say(`  ratio of the medians ${ratio.toFixed(2)} (goal ${GOALS.firstNumbers}): ${verdict(ratio <= GOALS.firstNumbers)}`);
}

/** One round through the screens and the buttons for the period, which ends where it began. */
const ROUND = [
  ['css', 'a[href="#/sales"]', 'Sales'],
  ['css', 'button[aria-label="Earlier week"]', 'Sales'],
  ['css', 'button[aria-label="Later week"]', 'Sales'],
  ['label', 'Month', 'Sales'],
  ['css', 'button[aria-label="Earlier month"]', 'Sales'],
  ['css', 'button[aria-label="Later month"]', 'Sales'],
  ['label', 'Day', 'Sales'],
  ['css', 'button[aria-label="Earlier day"]', 'Sales'],
  ['css', 'button[aria-label="Later day"]', 'Sales'],
  ['label', 'Week', 'Sales'],
  ['css', 'a[href="#/products"]', 'Products'],
  ['css', 'a[href="#/sync"]', 'Sync'],
  ['css', 'a[href="#/today"]', 'Today'],
];

async function clicks(/** @type {Awaited<ReturnType<typeof openWindow>>} */ app) {
  say(`From a click to the painted numbers, ${SWITCHES} switches (${load()})`);
  const script = await readFile(path.join(import.meta.dirname, 'switches.js'), 'utf8');
  /** @type {Map<string, { inPage: number, frame: number, painted: number }[]>} */
  const took = new Map(ROUND.map((step) => [step[1], []]));
  // The start itself is another figure; what it leaves to be done is done after some seconds.
  await pause(AFTER_START_MS);
  // The first round asks for everything for the first time and is counted like the others.
  for (let n = 0; n < SWITCHES; n++) {
    const [kind, target, title] = ROUND[n % ROUND.length];
    // A person's pace: the web view refuses addresses that change more than a hundred times in ten seconds.
    await pause(BETWEEN_CLICKS_MS);
    const answer = await app.session.wait(script, kind, target, title);
    assert.equal(answer.stuck, undefined, 'the click brings other numbers');
    took.get(target)?.push(answer);
  }
  for (const [target, list] of took) {
    const [page, frame, all] = ['inPage', 'frame', 'painted'].map((part) => spread(list.map((one) => one[part])));
    const medians = [page, frame, all].map((one) => one.median.toFixed(0)).join(' / ');
    const first = [list[0].inPage, list[0].frame, list[0].painted].map((one) => one.toFixed(0)).join(' / ');
    say(`  ${target.padEnd(36)} in the page / first frame / second ${medians}, first time ${first}, max ${all.max?.toFixed(0)} ms`);
  }
  const still = [];
  for (let n = 0; n < STILL; n++) still.push(await app.session.wait(TWO_FRAMES));
  const frames = spread(still);
  say(`  two frames of the page at rest: median ${frames.median.toFixed(0)}, p99 ${frames.p99.toFixed(0)} ms, which the last figure contains`);
  for (const [part, words] of [['frame', 'first frame with the numbers'], ['painted', 'the frame after it has begun']]) {
    const s = spread([...took.values()].flat().map((one) => one[part]));
    const figures = `min ${s.min.toFixed(0)}, median ${s.median.toFixed(0)}, p99 ${s.p99.toFixed(0)}, max ${s.max?.toFixed(0)} ms`;
    say(`  all, ${words}: ${figures} (goal p99 ${GOALS.click}): ${verdict(s.p99 <= GOALS.click)}`);
  }
}

assert.equal(process.platform, 'linux', 'the figures of the window are read from /proc and an X server');
const place = await emptyHome();
const closing = [place.remove];
try {
  const token = await fill(place);
  const args = ['--data-dir', place.dataDir];
  const env = { ...place.env };
  await giveScreen(place.home, env, closing, { ...SIZE, bus: true });
  const bare = await build('bare', ['webkit2gtk-4.1']);
  const painted = await build('painted', ['x11']);

  await openKeyring(env, closing);
  const app = await openWindow(args, { ...SIZE, place, keyring: true });
  await until('the page', () => app.session.run(`return document.querySelector('h1') !== null`));
  await asker(app.session)('save_square_token', { name: 'main', token });
  const where = await placeOfNumbers(app).finally(() => (wanted('clicks') ? undefined : app.close()));
  if (wanted('clicks')) await clicks(app).finally(() => app.close());
  if (wanted('first-numbers')) await firstNumbers(bare, painted, env, args, where);
  if (wanted('rest')) await atRest(bare, env, args);
} finally {
  for (const step of closing.reverse()) await step();
}
