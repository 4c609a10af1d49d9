// From a number to what it is made of and back, by keyboard and without a fault that axe finds on the way; and a screen that
// stands still while it fills.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCREENS, faults as faultsOf, settled as settledOn } from '../lib/look.mjs';
import { openBrowser } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

describe('the screens in a browser', () => {
  /** @type {Awaited<ReturnType<typeof openBrowser>>} */
  let shop;
  before(async () => {
    shop = await openBrowser({ payments: 4_000 });
    await until('the first sync', async () => (await shop.ask('app_state')).filling === null, 60_000);
  });
  after(() => shop?.close());

  const settled = () => settledOn(shop.page);
  const faults = () => faultsOf(shop.page);

  test('"why?" opens by keyboard, says how, and gives the focus back', async () => {
    await shop.page.keyboard.press('F1');
    await settled();
    const figure = shop.page.getByRole('button', { name: /Net so far/ });
    await figure.focus();
    await shop.page.keyboard.press('Enter');
    const dialog = shop.page.getByRole('dialog');
    await dialog.waitFor();
    await settled();
    assert.deepEqual(await faults(), [], 'the dialog has no fault either');
    await shop.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.ok(await figure.evaluate((one) => one === document.activeElement), 'back where the person was');
  });

  const cents = (/** @type {string} */ text) => Number(text.replace(/[^0-9]/g, '')) * (/[(−-]/.test(text) ? -1 : 1);

  for (const list of ['By item', 'By category', 'By payment method']) {
    test(`a number ${list.toLowerCase()} leads to its receipts by keyboard, and back`, async () => {
      await shop.page.keyboard.press('F2');
      await settled();
      const table = shop.page.getByRole('table', { name: list });
      const row = table.getByRole('row').nth(1);
      const said = await row.getByRole('cell').last().innerText();
      await row.getByRole('button').focus();
      await shop.page.keyboard.press('Enter');
      await shop.page.getByRole('link', { name: 'Show all receipts' }).waitFor();
      await settled();
      const head = await shop.page.getByText(/\d payments?/).first().innerText();
      assert.ok(head.split(/[=·]/).some((part) => /\$/.test(part) && cents(part.replace(/^.*?(?=[(−-]?\$)/s, '')) === cents(said)), `${said} in “${head}”`);
      assert.deepEqual(await faults(), [], 'the list has no fault');
      await shop.page.goBack();
      await shop.page.getByRole('table', { name: list }).waitFor();
    });
  }

  test('a cell of the week leads to its receipts, a receipt to its lines', async () => {
    await shop.page.keyboard.press('F2');
    await settled();
    const cell = shop.page.getByRole('group', { name: 'Net by weekday and hour' }).getByRole('button').first();
    await cell.focus();
    await shop.page.keyboard.press('Enter');
    const receipts = shop.page.getByRole('table', { name: 'Payments' });
    await receipts.waitFor();
    await receipts.getByRole('button').first().focus();
    await shop.page.keyboard.press('Enter');
    const dialog = shop.page.getByRole('dialog', { name: 'Receipt' });
    await dialog.getByText('Amount without tip').waitFor();
    await settled();
    assert.deepEqual(await faults(), [], 'the receipt has no fault');
    await dialog.getByText('Invented receipts have no page at the vendor.').waitFor();
    await shop.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  test('nothing jumps while a screen fills', async () => {
    const page = await shop.context.newPage();
    await page.addInitScript(() => {
      /** @type {any} */ (globalThis).jumps = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          if (!(/** @type {any} */ (entry).hadRecentInput)) /** @type {any} */ (globalThis).jumps.push(/** @type {any} */ (entry).value);
        }
      }).observe({ type: 'layout-shift', buffered: true });
    });
    for (const [index, view] of SCREENS.entries()) {
      await page.goto('about:blank');
      await page.goto(shop.address.replace('#', `?${index}#`));
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.evaluate((hash) => (location.hash = hash), `#/${view}`);
      await settledOn(page);
      const moved = await page.evaluate(() => /** @type {any} */ (globalThis).jumps.reduce((/** @type {number} */ sum, /** @type {number} */ one) => sum + one, 0));
      assert.ok(moved < 0.01, `${view} moved by ${moved}`);
    }
    await page.close();
  });

  test('a tab without the key is shown no number', async () => {
    const stranger = await shop.context.browser()?.newPage();
    assert.ok(stranger);
    await stranger.goto(shop.address.split('#')[0] ?? '');
    await stranger.getByText(/no key to Backroom/).first().waitFor();
    assert.doesNotMatch(await stranger.locator('body').innerText(), /\$\d/);
    await stranger.close();
  });
});
