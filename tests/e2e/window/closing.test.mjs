// Closing the window: asked once, remembered, and never the end of syncing unless somebody wants that.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { openWindow, programs } from '../lib/app.mjs';
import { start } from '../lib/processes.mjs';
import { until } from '../lib/until.mjs';

const CLOSE = path.join(import.meta.dirname, '../lib/close-window.py');
const run = promisify(execFile);
const WINDOW = '^Backroom$';
const QUESTION = '^Close Backroom$';

describe('closing the window', { skip: process.platform !== 'linux' && 'needs an X server of its own' }, () => {
  /** @type {Awaited<ReturnType<typeof openWindow>>} */
  let app;
  before(async () => {
    app = await openWindow(['--demo']);
    await until('the window', () => visible(WINDOW));
  });
  after(() => app?.close());

  async function xdotool(/** @type {string[]} */ ...args) {
    return (await run('xdotool', args, { env: app.env })).stdout.trim();
  }
  /** The id of the visible window of that name, or nothing. */
  function visible(/** @type {string} */ name) {
    return xdotool('search', '--onlyvisible', '--name', name).then(
      (ids) => ids.split('\n')[0],
      () => undefined,
    );
  }
  async function close(/** @type {string} */ name) {
    const id = /** @type {string} */ (await until(name, () => visible(name)));
    await run('python3', [CLOSE, id], { env: app.env });
  }
  async function press(/** @type {string} */ key) {
    await xdotool('windowfocus', '--sync', /** @type {string} */ (await until('the question', () => visible(QUESTION))));
    await xdotool('key', key);
    await until('the question answered', async () => !(await visible(QUESTION)));
  }

  test('asks first, and Cancel leaves everything as it was', async () => {
    await close(WINDOW);
    await press('Escape');
    assert.ok(await visible(WINDOW), 'the window stays');
  });

  test('asks again after Cancel; "Keep it running" puts the window away, and the engine goes on', async () => {
    await close(WINDOW);
    await press('Return');
    await until('the window gone', async () => !(await visible(WINDOW)));
    assert.match(await app.session.title(), /Backroom/, 'the program lives on without its window');
  });

  test('a second start brings the window back', async () => {
    const second = start(programs.window, ['--demo'], app.env);
    assert.equal(await second.ended, 0, second.said.err);
    await until('the window', () => visible(WINDOW));
  });

  test('the answer is remembered: the next time nothing is asked', async () => {
    await close(WINDOW);
    await until('the window gone', async () => !(await visible(WINDOW)));
    assert.equal(await visible(QUESTION), undefined);
  });
});
