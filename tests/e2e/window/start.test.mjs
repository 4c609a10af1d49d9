// Starting: the window shows itself, and there is one Backroom for one data folder.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openWindow, programs } from '../lib/app.mjs';
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
