// Saving a table: the dialog of the system asks where, and what is then in the file is what the engine told.
import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openWindow } from '../lib/app.mjs';
import { desktop } from '../lib/desktop.mjs';
import { until } from '../lib/until.mjs';

const DIALOG = '^Save$';

describe('saving a table', { skip: process.platform !== 'linux' && 'needs an X server of its own' }, () => {
  /** @type {Awaited<ReturnType<typeof openWindow>>} */
  let app;
  /** @type {ReturnType<typeof desktop>} */
  let screen;
  const target = () => path.join(app.home, 'chosen.csv');
  const save = async () => {
    await app.session.run(`[...document.querySelectorAll('main button')].find((button) => /CSV/.test(button.innerText)).click()`);
    await until('the dialog', () => screen.visible(DIALOG));
  };

  before(async () => {
    app = await openWindow(['--demo']);
    screen = desktop(app.env);
    const state = async () => (await app.session.invoke('rpc', { name: 'app_state', args: null })).answer;
    await until('the first sync', async () => (await state()).filling === null, 120_000);
    // Days that are over do not change any more while the test looks.
    await app.session.run(`location.hash = '#/sales?from=2026-01-01&to=2026-01-31'`);
    await until('Sales', () => app.session.run(`return /CSV/.test(document.querySelector('main').innerText)`));
  });
  after(() => app?.close());

  test('thinking better of it saves nothing', async () => {
    await save();
    await screen.press(DIALOG, 'Escape');
    await screen.gone(DIALOG);
    await assert.rejects(access(target()), 'no file was made');
    assert.doesNotMatch(await app.session.text(), /SAVE_FAILED/, 'and that is no failure');
  });

  test('the file is where the person typed, and holds what the engine told', async () => {
    await save();
    await screen.press(DIALOG, 'ctrl+a');
    await screen.type(DIALOG, target());
    await screen.press(DIALOG, 'Return');
    await screen.gone(DIALOG);
    const saved = await until('the file', () => readFile(target(), 'utf8'));
    const args = { from: '2026-01-01', to: '2026-01-31', location: null };
    const { answer } = await app.session.invoke('rpc', { name: 'sales_csv', args });
    assert.equal(saved, answer);
    assert.ok(saved.split('\n').length > 31, 'a line for each day and one of titles');
  });

  test('a place that cannot be written to is told, with what to do', async () => {
    await save();
    await screen.press(DIALOG, 'ctrl+a');
    await screen.type(DIALOG, '/proc/nowhere.csv');
    await screen.press(DIALOG, 'Return');
    await until('the words', async () => /was not saved[^]*another folder/.test(await app.session.text()));
  });
});
