// The window comes back as it was left, and ends when that is what was answered.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { emptyHome, openWindow } from '../lib/app.mjs';
import { desktop } from '../lib/desktop.mjs';
import { until } from '../lib/until.mjs';

const WINDOW = '^Backroom$';

describe('the size of the window', { skip: process.platform !== 'linux' && 'needs an X server of its own' }, () => {
  /** @type {Awaited<ReturnType<typeof emptyHome>> | undefined} */
  let place;
  after(() => place?.remove());

  test('is that of the last time', async () => {
    place = await emptyHome();
    const size = (/** @type {Awaited<ReturnType<typeof openWindow>>} */ app) => app.session.run('return [innerWidth, innerHeight]');
    const first = await openWindow([], { place, width: 1600, height: 1000 });
    const usual = await size(first);
    const wanted = [Number(usual[0]) - 140, Number(usual[1]) - 90];
    await first.session.resize(wanted[0], wanted[1]);
    await until('the new size', async () => String(await size(first)) === String(wanted));
    const screen = desktop(first.env);
    const program = await screen.process(WINDOW);
    await screen.close(WINDOW);
    // The second answer: close it altogether.
    await screen.press('^Close Backroom$', 'Tab', 'Return');
    await until('the end of the program', () => {
      try {
        return !process.kill(program, 0);
      } catch {
        return true;
      }
    });
    await first.close();
    const second = await openWindow([], { place, width: 1600, height: 1000 });
    try {
      await until('the size of the last time', async () => String(await size(second)) === String(wanted));
      assert.notDeepEqual(wanted, usual, 'which is not the usual one');
    } finally {
      await second.close();
    }
  });
});
