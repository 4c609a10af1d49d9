// Everything by keyboard alone: Tab forth and back through every screen and dialog, the arrow keys where many share one stop.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { standIns } from '../lib/engine.mjs';
import { reachedWith, walkedThrough } from '../lib/keyboard.mjs';
import { SCREENS, open, settled } from '../lib/look.mjs';
import { launch, openBrowser, openShop } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

describe('by keyboard', () => {
  /** @type {Awaited<ReturnType<typeof openBrowser>>} */
  let shop;
  before(async () => {
    shop = await openBrowser({ payments: 4_000 });
    await until('the first sync', async () => (await shop.ask('app_state')).filling === null, 120_000);
    // Whoever walks through a list must not have new sales come into it.
    await until('nothing under way', async () => !(await shop.ask('app_state')).freshness.syncing);
  });
  after(() => shop?.close());

  async function walks(/** @type {number} */ least) {
    const { wrong, stops } = await walkedThrough(shop.page);
    assert.deepEqual(wrong, []);
    assert.ok(stops.length >= least, `only ${stops.length} stops: ${stops.join(', ')}`);
  }

  for (const [screen, least] of /** @type {const} */ ([
    ['today', 25],
    ['sales', 60],
    ['products', 15],
    ['sync', 11],
    ['connections', 14],
    ['settings', 20],
    ['members', 10],
    ['raffles', 15],
    ['raffles?id=holiday-glass', 22],
    ['raffles?id=anniversary', 20],
    ['raffles?new=1', 22],
  ])) {
    test(`Tab goes through ${screen}, forth and back`, async () => {
      await open(shop.page, screen);
      await walks(least);
    });
  }

  test('Tab goes through the list of receipts', async () => {
    await open(shop.page, 'sales?list=1');
    await shop.page.getByRole('table', { name: 'Payments' }).waitFor();
    await walks(14);
  });

  test('Tab goes through a chart that is shown as a table', async () => {
    await open(shop.page, 'today');
    for (const button of await shop.page.getByRole('button', { name: /^Table: / }).all()) await button.click();
    await walks(26);
    for (const button of await shop.page.getByRole('button', { name: /^Chart: / }).all()) await button.click();
  });

  test('Tab goes through a form that replaces a connection', async () => {
    await open(shop.page, 'connections');
    await shop.page.getByRole('button', { name: 'Replace' }).first().click();
    await walks(16);
  });

  /** Each: the screen, what opens the dialog, and how. */
  const dialogs = /** @type {const} */ ([
    [
      '"why?"',
      'today',
      (/** @type {import('playwright-core').Page} */ page) => page.getByRole('button', { name: /Net so far/ }),
      'Enter',
    ],
    ['a receipt', 'today', (page) => page.getByRole('table', { name: 'Recent payments' }).getByRole('button').first(), 'Enter'],
    ['a product', 'products', (page) => page.locator('[data-product][tabindex="0"]'), 'Enter'],
    ['the list of keys', 'sync', (page) => page.getByRole('button', { name: 'Send now' }), '?'],
    ['removing a connection', 'connections', (page) => page.getByRole('button', { name: 'Remove…' }).first(), 'Enter'],
  ]);
  for (const [name, screen, opener, key] of dialogs) {
    test(`${name}: Tab stays in the dialog, Escape gives the focus back`, async () => {
      await open(shop.page, screen);
      const from = opener(shop.page);
      await from.focus();
      await shop.page.keyboard.press(key);
      const dialog = shop.page.getByRole('dialog');
      await dialog.waitFor();
      // What it says comes with the engine's answer; one who walks before that meets another dialog on the way.
      await until('what it says', async () => (await dialog.getByRole('group').first().innerText()).trim() !== '');
      await settled(shop.page);
      assert.ok(await dialog.evaluate((one) => one.contains(document.activeElement)), 'the focus goes into it');
      const { wrong, stops } = await walkedThrough(shop.page, 'dialog[open]');
      assert.deepEqual(wrong, []);
      assert.ok(stops.length >= 2, stops.join(', '));
      await shop.page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      assert.ok(await from.evaluate((one) => one === document.activeElement), 'back where the person was');
    });
  }

  test('the arrow keys reach the columns, rows and choices that Tab passes by', async () => {
    await open(shop.page, 'sales');
    const columns = shop.page.locator('svg g[role="button"]');
    const labels = await columns.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    await columns.first().focus();
    assert.deepEqual(await reachedWith(shop.page, 'ArrowRight', labels.length), labels, 'every column of the chart');

    await shop.page.getByRole('radio', { name: 'Day' }).focus();
    for (const span of ['Week', 'Month', 'Custom']) {
      await shop.page.keyboard.press('ArrowRight');
      await until(span, () =>
        shop.page
          .getByRole('radio', { name: span })
          .evaluate((one) => /** @type {HTMLInputElement} */ (one).checked && one === document.activeElement),
      );
    }
    await shop.page.getByLabel('From').waitFor();

    await open(shop.page, 'sales?list=1');
    const rows = shop.page.getByRole('table', { name: 'Payments' }).locator('[data-row]');
    await rows.first().focus();
    const receipts = await rows.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? one.textContent));
    assert.deepEqual(await reachedWith(shop.page, 'ArrowDown', receipts.length), receipts, 'every receipt');

    await open(shop.page, 'products');
    await shop.page.locator('[data-product][tabindex="0"]').first().focus();
    const products = await reachedWith(shop.page, 'ArrowDown', 20);
    assert.equal(new Set(products).size, 20, 'products beyond the edge of the list');
  });

  test('the link at the top skips to the content', async () => {
    await open(shop.page, 'sync');
    await shop.page.getByRole('link', { name: 'Skip to content' }).focus();
    await shop.page.keyboard.press('Enter');
    await shop.page.keyboard.press('Tab');
    assert.ok(
      await shop.page.evaluate(() => document.querySelector('main')?.contains(document.activeElement)),
      'past the screens’ names',
    );
  });

  test('what a trouble brings up is reached too', async () => {
    const vendors = await standIns(shop.dataDir);
    await vendors.squareFaults({ kind: 'token_revoked' });
    await shop.ask('sync_now');
    await until('the refusal', async () => (await shop.ask('app_state')).freshness.sources[0].state === 'failing');
    await until('nothing under way', async () => !(await shop.ask('app_state')).freshness.syncing);
    for (const screen of SCREENS) {
      await open(shop.page, screen);
      await shop.page.getByText('refuses Backroom').first().waitFor();
      const { wrong, stops } = await walkedThrough(shop.page);
      assert.deepEqual(wrong, [], screen);
      assert.ok(
        stops.some((stop) => stop.includes('What to do')),
        `${screen}: ${stops.join(', ')}`,
      );
    }
  });
});

describe('the first run by keyboard', () => {
  /** @type {import('playwright-core').Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof openShop>>} */
  let shop;
  before(async () => {
    browser = await launch();
    shop = await openShop(browser);
  });
  after(async () => {
    await shop?.close();
    await browser?.close();
  });

  test('Tab goes through the choices, the form, and the screens behind', async () => {
    const { page } = await shop.open();
    await page.getByRole('button', { name: /^Connect Square/ }).waitFor();
    assert.deepEqual((await walkedThrough(page)).wrong, [], 'the choices');
    await page.getByRole('button', { name: /^Connect Square/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Skip for now' }).focus();
    await page.keyboard.press('Enter');
    await page.evaluate(() => (location.hash = '#/setup?step=square'));
    await page.getByLabel('Square access token').fill('an invented token');
    assert.deepEqual((await walkedThrough(page)).wrong, [], 'the form');
    for (const screen of SCREENS.slice(1)) {
      await open(page, screen);
      assert.deepEqual((await walkedThrough(page)).wrong, [], screen);
    }
  });
});
