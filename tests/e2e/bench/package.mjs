// The figures of the package for Debian: its size, what it takes when installed, and the start from where it is installed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { promisify } from 'node:util';
import { emptyHome, giveScreen } from '../lib/app.mjs';
import { ownRoot } from '../lib/root.mjs';
import { build, spread } from './measure.mjs';

const run = promisify(execFile);
const DEB = String(process.env.BACKROOM_DEB);
const STARTS = 7;
const SIZE = { width: 1280, height: 800 };
/** The middle of the window, where the first run's words are. */
const TEXT = [240, 120, 800, 560];
const BARE_TEXT = [0, 0, 400, 120];
const GOALS = { deb: 15e6, ratio: 2 };
const verdict = (/** @type {boolean} */ met) => (met ? 'met' : 'MISSED');

const place = await emptyHome();
const closing = [place.remove];
try {
  const env = { ...place.env };
  await giveScreen(place.home, env, closing, { ...SIZE, bus: true });
  const root = await ownRoot(place.home, env);
  closing.push(root.remove);
  const { size } = await stat(DEB);
  const fields = await run('dpkg-deb', ['--field', DEB, 'Version', 'Installed-Size']);
  const installed = Number(/Installed-Size: (\d+)/.exec(fields.stdout)?.[1]) * 1024;
  console.log(`The package for Debian (load ${loadavg()[0].toFixed(1)})`);
  console.log(`  package ${(size / 1e6).toFixed(1)} MB (goal ${GOALS.deb / 1e6}): ${verdict(size <= GOALS.deb)}`);
  console.log(`  installed ${(installed / 1e6).toFixed(1)} MB`);
  const began = performance.now();
  const told = /** @type {{ code: number, err: string }} */ (await root.run('dpkg', '--install', DEB));
  assert.equal(told.code, 0, told.err);
  console.log(`  installing took ${((performance.now() - began) / 1000).toFixed(1)} s`);

  const bare = await build('bare', ['webkit2gtk-4.1']);
  const painted = await build('painted', ['x11']);
  const once = async (/** @type {number[]} */ where, /** @type {string[]} */ command) =>
    Number((await run(painted, [...where.map(String), ...command], { env })).stdout);
  const [enter, ...words] = root.command('/usr/bin/backroom');
  const took = { 'bare web view': /** @type {number[]} */ ([]), 'Backroom, installed': /** @type {number[]} */ ([]) };
  // The first of each reads libraries from the disk, and Backroom's makes its data; they are not counted.
  for (let n = 0; n <= STARTS; n++) {
    const floor = await once(BARE_TEXT, [bare]);
    const ours = await once(TEXT, [`/usr/bin/${enter}`, ...words]);
    if (n === 0) continue;
    took['bare web view'].push(floor);
    took['Backroom, installed'].push(ours);
  }
  for (const [name, list] of Object.entries(took)) {
    const s = spread(list);
    console.log(`  ${name.padEnd(22)} start to the first text: min ${s.min.toFixed(0)}, median ${s.median.toFixed(0)}, max ${s.max?.toFixed(0)} ms`);
  }
  const ratio = spread(took['Backroom, installed']).median / spread(took['bare web view']).median;
  console.log(`  ratio of the medians ${ratio.toFixed(2)} (goal ${GOALS.ratio}): ${verdict(ratio <= GOALS.ratio)}`);
} finally {
  for (const step of closing.reverse()) await step();
}
