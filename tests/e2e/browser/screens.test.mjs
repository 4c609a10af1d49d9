// Every screen for everybody: no fault that axe can find, light and dark, and all of it by keyboard.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { openBrowser } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SCREENS = ['Today', 'Sales', 'Products', 'Sync', 'Connections'];

describe('the screens in a browser', () => {
  /** @type {Awaited<ReturnType<typeof openBrowser>>} */
  let shop;
  before(async () => {
    shop = await openBrowser();
    await shop.page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  });
  after(() => shop?.close());

  async function settled() {
    await until('all that was asked for', () => shop.page.evaluate(() => !document.querySelector('[aria-busy="true"]')));
  }

  async function faults() {
    await shop.page.evaluate(AXE);
    const { violations } = await shop.page.evaluate(
      (rules) => /** @type {any} */ (globalThis).axe.run(document, { runOnly: rules }),
      RULES,
    );
    return violations.map((/** @type {any} */ one) => `${one.id}: ${one.nodes.map((/** @type {any} */ node) => node.target).join(' ')}`);
  }

  for (const scheme of /** @type {const} */ (['light', 'dark'])) {
    for (const [index, name] of SCREENS.entries()) {
      test(`${name} has no fault that axe finds (${scheme})`, async () => {
        await shop.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        await shop.page.keyboard.press(`F${index + 1}`);
        await shop.page.getByRole('heading', { level: 1, name }).waitFor();
        await settled();
        assert.deepEqual(await faults(), []);
      });
    }
  }

  test('every control of every screen is reached with Tab and shows its focus', async () => {
    for (const [index, name] of SCREENS.entries()) {
      await shop.page.keyboard.press(`F${index + 1}`);
      await shop.page.getByRole('heading', { level: 1, name }).waitFor();
      await settled();
      const unreachable = await shop.page.evaluate(() =>
        [...document.querySelectorAll('button, a[href], input, select, summary')]
          .filter((one) => one instanceof HTMLElement && one.checkVisibility() && !one.matches(':disabled'))
          // One row of a list takes the Tab, the arrow keys reach the others.
          .filter((one) => {
            const row = one.matches('[data-row]') ? '[data-row]' : one.matches('[data-product]') ? '[data-product]' : '';
            return !row || !one.closest('table')?.querySelector(`${row}[tabindex="0"]`);
          })
          .filter((one) => !one.closest('[role="grid"], [role="group"] svg, svg') && /** @type {HTMLElement} */ (one).tabIndex < 0)
          .map((one) => one.outerHTML.slice(0, 120)),
      );
      assert.deepEqual(unreachable, [], name);
      await shop.page.keyboard.press('Tab');
      const outlined = await shop.page.evaluate(() => {
        const style = getComputedStyle(document.activeElement ?? document.body);
        return document.activeElement !== document.body && (style.outlineStyle !== 'none' || style.boxShadow !== 'none');
      });
      assert.ok(outlined, `${name}: where the focus is must be seen`);
    }
  });

  test('the arrow keys reach the rows that Tab passes by', async () => {
    await shop.page.keyboard.press('F3');
    await settled();
    await shop.page.locator('[data-product][tabindex="0"]').first().focus();
    const at = () => shop.page.evaluate(() => document.activeElement?.getAttribute('data-product'));
    const first = await at();
    await shop.page.keyboard.press('ArrowDown');
    await until('the next row', async () => (await at()) !== first && (await at()) !== null);
  });

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

  test('nothing jumps while a screen fills, and nothing runs off it at 200 %', async () => {
    const page = await shop.context.newPage();
    await page.addInitScript(() => {
      /** @type {any} */ (globalThis).jumps = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          if (!(/** @type {any} */ (entry).hadRecentInput)) /** @type {any} */ (globalThis).jumps.push(/** @type {any} */ (entry).value);
        }
      }).observe({ type: 'layout-shift', buffered: true });
    });
    for (const [index, view] of ['today', 'sales', 'products', 'sync', 'connections'].entries()) {
      await page.goto('about:blank');
      await page.goto(shop.address.replace('#', `?${index}#`));
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.evaluate((hash) => (location.hash = hash), `#/${view}`);
      await until('all that was asked for', () => page.evaluate(() => !document.querySelector('[aria-busy="true"]')));
      const moved = await page.evaluate(() => /** @type {any} */ (globalThis).jumps.reduce((/** @type {number} */ sum, /** @type {number} */ one) => sum + one, 0));
      assert.ok(moved < 0.01, `${view} moved by ${moved}`);
      for (const size of [{ width: 640, height: 400 }, { width: 1920, height: 1080 }]) {
        await page.setViewportSize(size);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${view} at ${size.width}: ${wide} points run off the screen`);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
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
