// Every screen in every state that was designed, out of a real engine over a real folder: no fault that axe finds, light and
// dark, and nothing that runs off. With BACKROOM_PICTURES set, pictures of all of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { alter } from '../lib/engine.mjs';
import { SCHEMES, SCREENS, SIZES, faultsIn, open, pictures, resize, runsOff } from '../lib/look.mjs';
import { LASTS, fillDisk, launch, openBrowser, openShop } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

/** @typedef {Awaited<ReturnType<Awaited<ReturnType<typeof openShop>>['open']>>} Served */

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/**
 * Looks at the screens of a state.
 * @param {string} state
 * @param {() => import('playwright-core').Page} page
 * @param {RegExp} says what some screen must say, so that it is the state it is called
 * @param {readonly string[]} [screens]
 */
function look(state, page, says, screens = SCREENS) {
  test(`${state}: every screen`, async () => {
    const /** @type {Record<string, string[]>} */ wrong = {};
    let read = '';
    for (const screen of screens) {
      await open(page(), screen);
      read += await page().locator('body').innerText();
      for (const scheme of SCHEMES) {
        const found = await faultsIn(page(), scheme);
        if (found.length > 0) wrong[`${screen}, ${scheme}`] = found;
        await pictures(page(), `${state}-${screen}-${scheme}`.replace(/\W+/g, '-'));
      }
      for (const size of SIZES) {
        await resize(page(), size);
        const found = await runsOff(page());
        if (found.length > 0) wrong[`${screen}, ${size.width} wide`] = found;
      }
      await resize(page());
    }
    assert.match(read, says, 'it is the state that was meant');
    assert.deepEqual(wrong, {});
  });
}

describe('before there is a shop', () => {
  /** @type {Awaited<ReturnType<typeof openShop>>} */
  let shop;
  /** @type {Served} */
  let at;
  before(async () => {
    shop = await openShop(browser);
    at = await shop.open();
  });
  after(() => shop?.close());
  look('first run', () => at.page, /Connect Square/);

  test('nothing is promised where nothing is connected or can be saved', async () => {
    await open(at.page, 'sync');
    await at.page.getByText('Nothing is connected, so nothing is read.').waitFor();
    await at.page.getByRole('contentinfo').getByText('No point of sale is connected').waitFor();
    await open(at.page, 'connections');
    const square = at.page.getByRole('region', { name: 'Square' });
    await square.getByText('Not connected').waitFor();
    await square.getByText('SQUARE_ACCESS_TOKEN').waitFor();
    assert.doesNotMatch(await at.page.locator('body').innerText(), /this computer’s keychain/);
  });

  test('connecting: the form of the first run', async () => {
    await open(at.page, 'today');
    await at.page.getByRole('button', { name: /^Connect Square/ }).click();
    await at.page.getByRole('button', { name: 'Skip for now' }).click();
    await at.page.evaluate(() => (location.hash = '#/setup?step=square'));
    await at.page.getByLabel('Square access token').waitFor();
    await at.page.getByText('SQUARE_ACCESS_TOKEN').first().waitFor();
    for (const scheme of SCHEMES) {
      const found = await faultsIn(at.page, scheme);
      await pictures(at.page, `first-run-form-${scheme}`);
      assert.deepEqual(found, [], scheme);
    }
    for (const size of SIZES) {
      await resize(at.page, size);
      assert.deepEqual(await runsOff(at.page), [], `${size.width} wide`);
    }
    await resize(at.page);
  });
});

describe('a shop that has not sold anything yet', () => {
  /** @type {Awaited<ReturnType<typeof openShop>>} */
  let shop;
  /** @type {Served} */
  let at;
  before(async () => {
    shop = await openShop(browser, { payments: 0 });
    at = await shop.open();
    await until('the first sync', async () => {
      const state = await at.ask('app_state');
      return state.filling === null && state.freshness.sources[0]?.state === 'fresh' && !state.freshness.syncing;
    });
  });
  after(() => shop?.close());
  look('empty', () => at.page, /No sale/i);

  test('nothing is not compared with nothing', async () => {
    await open(at.page, 'sales');
    await at.page.getByText('No sales in these days.').waitFor();
    assert.doesNotMatch(await at.page.locator('body').innerText(), /No change|Arrows|business day so far/);
  });
});

describe('a shop', () => {
  /** @type {Awaited<ReturnType<typeof openShop>>} */
  let shop;
  /** @type {Served} */
  let at;
  const page = () => at.page;
  const source = async () => (await at.ask('app_state')).freshness.sources[0];
  const idle = () => until('the end of the sync', async () => !(await at.ask('app_state')).freshness.syncing);
  const tables = async () => (await at.ask('sync_status')).tables;
  const sum = (/** @type {any[]} */ list, /** @type {string} */ key) => list.reduce((all, one) => all + one[key], 0);
  /** Reads, with sales to read, and sends. */
  async function sync() {
    await at.ask('sync_now');
  }
  before(async () => {
    shop = await openShop(browser, { payments: 1_500 });
  });
  after(() => shop?.close());

  describe('while its history comes', () => {
    before(async () => {
      // The first answers come, the others do not: the history stands still where it is.
      await shop.vendors.squareFaults({ kind: 'hang', after: 40 });
      at = await shop.open();
      await until('a part of the history', async () => ((await at.ask('app_state')).filling?.rows ?? 0) > 0);
    });
    look('filling', page, /filling in/);
  });

  describe('read and delivered', () => {
    before(async () => {
      await shop.shut();
      await shop.vendors.squareFaults();
      at = await shop.open();
      await until('all of it', async () => (await at.ask('app_state')).filling === null, 60_000);
      await until('every row delivered', async () => (await at.ask('app_state')).freshness.waiting === 0, 60_000);
      await idle();
    });
    look('well', page, /up to date/);
  });

  describe('with rows that BigQuery refuses, and others that it has no room for', () => {
    before(async () => {
      const id = await shop.vendors.sell(4_200);
      await shop.vendors.poison(id);
      await sync();
      await until('a refused row', async () => sum(await tables(), 'dead') > 0);
      await idle();
      await shop.vendors.bigqueryFaults({ kind: 'missing_scope' });
      await shop.vendors.sell(1_300);
      await sync();
      await until('a parked table', async () => (await tables()).some((/** @type {any} */ one) => one.state === 'parked'));
      await idle();
    });
    look('BigQuery refuses', page, /refused \d+ rows?/);
    test('who is refused is told where it is dealt with, and what is dead is not called delivered', async () => {
      await open(page(), 'connections');
      const card = page().getByRole('region', { name: 'BigQuery' });
      await card.getByText('Needs you').waitFor();
      await card.getByText(/^Code /).waitFor();
      await open(page(), 'sync');
      await page().getByText(/rows? (was|were) refused and kept here/).waitFor();
      const foot = page().getByRole('contentinfo');
      await foot.getByText(/refuses Backroom/).waitFor();
      await open(page(), 'today');
      await page().getByText(/BigQuery refused 1 payment/).waitFor();
      assert.doesNotMatch(await page().locator('body').innerText(), /square_payments|has every row/);
    });
  });

  describe('whose token was revoked', () => {
    before(async () => {
      await shop.vendors.bigqueryFaults();
      await shop.vendors.poison(null);
      await shop.vendors.squareFaults({ kind: 'token_revoked' });
      await sync();
      await until('the refusal', async () => (await source()).state === 'failing');
      await idle();
    });
    look('failing', page, /refuses Backroom/);
  });

  describe('whose line is down', () => {
    before(async () => {
      await shop.vendors.offline(true);
      await sync();
      await until('the line down', async () => (await source()).state === 'offline');
      await idle();
    });
    look('offline', page, /offline since/);
    test('a connection that cannot be reached is not called well, and nobody has to read what the system said', async () => {
      await open(page(), 'connections');
      await page()
        .getByRole('region', { name: 'Square' })
        .getByText(/^Connected · not reachable since/)
        .waitFor();
      await open(page(), 'today');
      await page().getByText(/Square has been out of reach since/).waitFor();
      assert.doesNotMatch(await page().locator('body').innerText(), /127\.0\.0\.1|It began/);
    });
  });

  describe('that was last read long ago', () => {
    before(async () => {
      await shop.shut();
      await shop.vendors.offline(false);
      // As after a night without power: all was well, it is hours ago, and the first sync has no answer yet.
      const hours = 9 * 3_600_000_000;
      await alter(
        shop.dataDir,
        `UPDATE stream SET last_success = last_success - ${hours}, last_attempt = last_success - ${hours},
           fault_class = NULL, fault_code = NULL, fault_message = NULL, fault_hint = NULL, fault_since = NULL;`,
      );
      await shop.vendors.squareFaults({ kind: 'hang' });
      at = await shop.open();
      await until('how old it is', async () => (await source()).state === 'stale');
    });
    look('stale', page, /was last read 9 hours ago/);
    test('nobody is told to press what is under way', async () => {
      await open(page(), 'today');
      await page().getByText('Backroom is reading it now.').waitFor();
      assert.equal(await page().getByText('Press Sync now.').count(), 0);
    });
  });

  describe('on a computer whose clock is behind', () => {
    before(async () => {
      const micros = 3 * 86_400_000_000;
      await alter(
        shop.dataDir,
        `UPDATE payment SET taken_at = taken_at + ${micros} WHERE pk = (SELECT pk FROM payment ORDER BY taken_at DESC LIMIT 1);`,
      );
      await page().reload();
    });
    look('wrong clock', page, /clock is wrong/);
  });

  describe('on a disk that takes nothing more', { skip: !LASTS && 'no way to play it here' }, () => {
    before(async () => {
      await shop.shut();
      await shop.vendors.squareFaults();
      at = await shop.open();
      await idle();
      await fillDisk(at.engine);
      await shop.vendors.sell(900);
      await sync();
      await until('the trouble', async () => (await at.ask('app_state')).storage_problem !== null);
    });
    look('storage trouble', page, /disk/);
    test('the foot, the figures and the streams say that nothing new is kept', async () => {
      await open(page(), 'today');
      await page().getByRole('contentinfo').getByText(/Nothing new is kept since/).waitFor();
      await page().getByText(/sales as of/).waitFor();
      assert.doesNotMatch(await page().locator('body').innerText(), /Local storage:|up to date/);
      await open(page(), 'sync');
      await page().getByRole('table', { name: 'Streams' }).getByText('Not kept').first().waitFor();
    });
  });
});

describe('the demonstration', () => {
  /** @type {Awaited<ReturnType<typeof openBrowser>>} */
  let shop;
  before(async () => {
    shop = await openBrowser({ payments: 4_000 });
    await until('all of it', async () => (await shop.ask('app_state')).filling === null, 60_000);
  });
  after(() => shop?.close());
  look('demonstration', () => shop.page, /invented data/, [...SCREENS, 'sales?list=1', 'raffles?id=holiday-glass', 'raffles?id=anniversary']);

  test('without its key', async () => {
    await shop.page.evaluate(() => sessionStorage.clear());
    await shop.page.reload();
    await shop.page
      .getByText(/no key to Backroom/)
      .first()
      .waitFor();
    assert.equal(await shop.page.getByRole('contentinfo').count(), 0, 'no bar without a word in it');
    for (const scheme of SCHEMES) {
      const found = await faultsIn(shop.page, scheme);
      await pictures(shop.page, `without-key-${scheme}`);
      assert.deepEqual(found, [], scheme);
    }
  });
});
