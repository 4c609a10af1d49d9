// A scanner at the real window: keys of the system at a scanner's speed, while a field of another screen has the focus. The verdict
// stands on the screen, the field has nothing of it, and the card is nowhere afterwards: not in the home, the log or the page.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { emptyHome, openWindow } from '../lib/app.mjs';
import { desktop } from '../lib/desktop.mjs';
import { away, card } from '../lib/scanner.mjs';
import { tracesOf } from '../lib/traces.mjs';
import { until } from '../lib/until.mjs';

const WINDOW = 'Backroom';
const OF_AGE = card({ birth: away(-35, -11) });
const CHILD = card({ birth: away(-19, -11) });
/** As scanners type it that lose what no key stands for. */
const lossy = (/** @type {string} */ text) => text.replaceAll(/[\u001e\r]/g, '');

describe('a scan in the real window', { skip: process.platform !== 'linux' && 'needs an X server of its own' }, () => {
  /** @type {Awaited<ReturnType<typeof emptyHome>>} */
  let place;
  /** @type {Awaited<ReturnType<typeof openWindow>>} */
  let app;
  const traces = tracesOf({
    'the number': 'X000000001',
    'the name': 'TESTINA',
    'the town': 'SAMPLETOWN',
    'the street': '1 NOWHERE RD',
    'the discriminator': 'FAKEDD0001',
    'the birth date': OF_AGE.slice(OF_AGE.indexOf('DBB'), OF_AGE.indexOf('DBB') + 11),
    'the birth date of the child': CHILD.slice(CHILD.indexOf('DBB'), CHILD.indexOf('DBB') + 11),
    'the head': 'ANSI 636015080102DL',
  });
  before(async () => {
    place = await emptyHome();
    app = await openWindow(['--demo'], { place, env: { BACKROOM_LOG: 'trace' } });
    await until('the page', () => app.session.run(`return document.querySelector('h1') !== null`), 60_000);
    await until('the first sync', async () => (await app.session.invoke('rpc', { name: 'app_state', args: null })).answer?.filling === null, 120_000);
  });
  after(async () => {
    await app?.close();
    await place?.remove();
  });

  const said = () => app.session.run(`return document.querySelector('[aria-label="Verdict"]')?.innerText ?? ''`).then(String);
  const shape = () => app.session.run(`return document.querySelector('[data-shape]')?.dataset.shape ?? ''`);
  /** Opens the products and puts the focus into their search. */
  async function search() {
    await app.session.run(`location.hash = '#/products'`);
    await until('the search', () =>
      app.session.run(`const field = document.querySelector('input[type="search"]'); field?.focus(); return document.activeElement === field && field !== null`),
    );
    await app.session.run(
      `const field = document.querySelector('input[type="search"]'); window.heard = [];
       for (const kind of ['keydown', 'keyup', 'input'])
         field.addEventListener(kind, (event) => ['Shift', 'Control'].includes(event.key) || window.heard.push(event.type + ' ' + (event.key ?? field.value)));`,
    );
  }

  const heard = () => app.session.run('return window.heard');
  /**
   * Scans until the verdict is there and the field heard nothing of it. A scanner has a clock of its own; the keys of this one come
   * from the X server through the window to the page, and where those were kept waiting by other programs it was none: then it is
   * scanned once more.
   */
  async function scanned(/** @type {string} */ form, /** @type {number} */ each, /** @type {RegExp} */ verdict) {
    const /** @type {string[]} */ instead = [];
    for (let tries = 0; tries < 5; tries++) {
      await search();
      await desktop(app.env).scan(WINDOW, form, each);
      const seen = await until('a verdict', async () => verdict.test(await said()), 5_000).catch(() => false);
      if (seen && (await heard()).length === 0) return;
      instead.push(`${(await said()).split('\n')[1] ?? ''} ${JSON.stringify(await heard()).slice(0, 60)}`);
    }
    assert.fail(`no ${verdict} in five scans, but ${instead.join('; ')}`);
  }

  for (const [name, form, each] of /** @type {const} */ ([
    ['with Enter for what parts elements', lossy(OF_AGE), 5],
    ['with every control as Ctrl and a key', OF_AGE, 5],
    ['as a slow scanner types', lossy(OF_AGE), 20],
  ])) {
    test(`${name}, ${each} ms a key: the verdict stands there, and the field heard nothing`, async () => {
      await scanned(form, each, /OK to sell/i);
      assert.equal(await shape(), 'green');
      assert.match(await said(), /\b35\b/, 'with the age');
      assert.deepEqual(await heard(), [], 'no key of it reached the field');
    });
  }

  test('somebody too young is refused, and half a scan is a look at the card', async () => {
    await scanned(lossy(CHILD), 5, /Do not sell/i);
    assert.equal(await shape(), 'red');
    await scanned(lossy(OF_AGE).slice(0, 90), 5, /Only a part of the barcode came/);
    assert.equal(await shape(), 'amber');
    assert.deepEqual(await heard(), []);
  });

  test('nothing of any card is anywhere', async () => {
    const { answer: kept } = await app.session.invoke('rpc', { name: 'age_checks', args: {} });
    const verdicts = kept.map((/** @type {any} */ line) => line.verdict);
    assert.equal(verdicts[0], 'amber', 'half a scan was kept as what it was');
    // On a slow machine a scan whose keys arrive late is answered before its end, with a look at the card, and then whole.
    assert.deepEqual(verdicts.filter((/** @type {string} */ one) => one !== 'amber'), ['red', 'green', 'green', 'green'], 'the verdicts were kept');
    await app.session.invoke('rpc', { name: 'push_now', args: null });
    const page = await app.session.run(
      `return JSON.stringify([document.documentElement.outerHTML, location.href, history.state, { ...localStorage }, { ...sessionStorage },
         [...document.querySelectorAll('input, textarea')].map((one) => one.value), performance.getEntries().map((one) => one.name)])`,
    );
    assert.deepEqual(traces.within(String(page)), [], 'in the page');
    const log = JSON.stringify((await app.session.invoke('rpc', { name: 'audit_log', args: { before: null, limit: 200 } })).answer);
    assert.deepEqual(traces.within(log), [], 'in the audit log');
    assert.deepEqual(traces.within(app.driver.said.out + app.driver.said.err), [], 'in what was said');
    const started = await traces.inProcesses(Number(app.driver.child.pid));
    assert.deepEqual(started.found, [], 'in how processes were started');
    assert.deepEqual(await traces.inFolder(place.home), [], 'in the home: buffer, log and what the web view keeps');
    const files = await readdir(place.home, { recursive: true });
    assert.ok(files.some((name) => name.endsWith('backroom.db')), 'the buffer was looked at');
    const logs = files.filter((name) => /\.log|logs\//.test(name));
    const written = await Promise.all(logs.map((name) => readFile(path.join(place.home, name), 'utf8').catch(() => '')));
    assert.ok(written.join('').length > 0 || app.driver.said.err.length > 0, 'there was a log to look at');
  });
});
