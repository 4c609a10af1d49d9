// Closing the window: asked once, remembered, and never the end of syncing unless somebody wants that.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openWindow, programs } from '../lib/app.mjs';
import { desktop } from '../lib/desktop.mjs';
import { start } from '../lib/processes.mjs';
import { until } from '../lib/until.mjs';

const WINDOW = '^Backroom$';
const QUESTION = '^Close Backroom$';

describe('closing the window', { skip: process.platform !== 'linux' && 'needs an X server of its own' }, () => {
  /** @type {Awaited<ReturnType<typeof openWindow>>} */
  let app;
  /** @type {ReturnType<typeof desktop>} */
  let screen;
  before(async () => {
    app = await openWindow(['--demo']);
    screen = desktop(app.env);
    await until('the window', () => screen.visible(WINDOW));
  });
  after(() => app?.close());

  async function answer(/** @type {string[]} */ ...keys) {
    await screen.press(QUESTION, ...keys);
    await screen.gone(QUESTION);
  }

  test('asks first, and Cancel leaves everything as it was', async () => {
    await screen.close(WINDOW);
    await answer('Escape');
    assert.ok(await screen.visible(WINDOW), 'the window stays');
  });

  test('asks again after Cancel; "Keep it running" puts the window away, and the engine goes on', async () => {
    await screen.close(WINDOW);
    await answer('Return');
    await screen.gone(WINDOW);
    assert.match(await app.session.title(), /Backroom/, 'the program lives on without its window');
  });

  test('a second start brings the window back', async () => {
    const second = start(programs.window, ['--demo'], app.env);
    assert.equal(await second.ended, 0, second.said.err);
    await until('the window', () => screen.visible(WINDOW));
  });

  test('the answer is remembered: the next time nothing is asked', async () => {
    await screen.close(WINDOW);
    await screen.gone(WINDOW);
    assert.equal(await screen.visible(QUESTION), undefined);
  });
});
