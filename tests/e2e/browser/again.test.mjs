// An access that has ended, or ends soon: every screen that tells it has the one button that brings it back. The engine is a real one;
// what it says of the access is put into its answers, because a grant that ended is not to be had in a moment.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { walkedThrough } from '../lib/keyboard.mjs';
import { SCHEMES, SIZES, faultsIn, open, pictures, resize, runsOff } from '../lib/look.mjs';
import { launch, openShop } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

const ENDED = {
  code: 'NEEDS_REAUTH',
  message: 'The access to Square has ended. Everything that was read is safe on this computer.',
  hint: 'Sign in again: reading goes on where it stopped.',
  retryable: false,
};
const SOON = {
  level: 'warning',
  code: 'ACCESS_ENDS_SOON',
  message: 'The access to Square ends in 5 days, on Nov 26: it could not be renewed so far.',
  hint: 'Backroom goes on trying. Sign in again now, and no sale is late.',
  screen: 'connections',
  sign_in: 'main',
};

describe('an access that has ended', () => {
  /** @type {import('playwright-core').Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof openShop>>} */
  let shop;
  /** @type {Awaited<ReturnType<Awaited<ReturnType<typeof openShop>>['open']>>} */
  let at;
  let asked = 0;
  let waits = false;
  /** @type {object[]} */
  let attention = [];
  const page = () => at.page;

  before(async () => {
    browser = await launch();
    shop = await openShop(browser, { payments: 600 });
    at = await shop.open();
    await until('all of it', async () => (await at.ask('app_state')).filling === null, 60_000);
    await until('nothing under way', async () => !(await at.ask('app_state')).freshness.syncing);
    const since = new Date(Date.now() - 3_600_000).toISOString();
    const signIn = () => ({
      kind: 'square',
      name: 'main',
      address: 'http://127.0.0.1:9/oauth2/authorize?state=invented',
      comes_back_here: true,
      until: new Date(Date.now() + 300_000).toISOString(),
      trouble: null,
    });
    /** @type {Record<string, (answer: any) => any>} */
    const told = {
      app_state: (answer) => {
        Object.assign(answer.freshness.sources[0], { state: 'failing', since, trouble: ENDED });
        return answer;
      },
      today: (answer) => ({ ...answer, attention }),
      sync_status: (answer) => {
        for (const stream of answer.streams) Object.assign(stream, { trouble: ENDED, trouble_since: since });
        return answer;
      },
      connections: (answer) => {
        Object.assign(answer.sources[0], { client_id: 'sq0idp-Invented', signed_in: { since, ends_at: null, ended: true } });
        return { ...answer, sign_in: waits ? signIn() : null };
      },
    };
    await page().route('**/rpc/*', async (route) => {
      const name = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
      if (name === 'begin_sign_in') {
        asked += 1;
        waits = true;
        assert.deepEqual(route.request().postDataJSON(), { kind: 'square', name: 'main', client_id: 'sq0idp-Invented', client_secret: '', redirect: '' });
        return route.fulfill({ json: signIn() });
      }
      const change = told[name];
      if (!change) return route.continue();
      const response = await route.fetch();
      return route.fulfill({ response, json: change(await response.json()) });
    });
  });
  after(async () => {
    await shop?.close();
    await browser?.close();
  });

  for (const [screen, where, items] of /** @type {[string, string, object[]][]} */ ([
    ['today', 'main', [{ ...ENDED, level: 'problem', screen: 'connections', sign_in: 'main' }]],
    ['sync', 'main', []],
    ['sales', 'section[aria-label="Sign in at Square"]', []],
    ['settings', 'section[aria-label="Sign in at Square"]', []],
  ])) {
    test(`${screen}: one press leads to the vendor`, async () => {
      waits = false;
      attention = items;
      await page().reload();
      await open(page(), screen);
      const button = page().locator(where).getByRole('button', { name: 'Sign in again' });
      await button.waitFor();
      assert.equal(await page().getByRole('button', { name: 'Sign in again' }).count(), 1, 'told once');
      for (const scheme of SCHEMES) {
        assert.deepEqual(await faultsIn(page(), scheme), [], scheme);
        await pictures(page(), `again-${screen}-${scheme}`);
      }
      for (const size of SIZES) {
        await resize(page(), size);
        assert.deepEqual(await runsOff(page()), [], `${size.width} wide`);
      }
      await resize(page());
      assert.deepEqual((await walkedThrough(page())).wrong, []);
      const before = asked;
      const opened = page().context().waitForEvent('page');
      await button.click();
      await (await opened).close();
      assert.equal(asked, before + 1, 'one sign-in for one press');
      await page().getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
      await page().getByRole('heading', { name: 'Waiting for you at Square' }).waitFor();
    });
  }

  test('while a sign-in waits the screens lead to it and begin no other', async () => {
    waits = true;
    await open(page(), 'sync');
    await page().reload();
    await page().getByRole('link', { name: 'Waiting for you at Square' }).waitFor();
    assert.equal(await page().getByRole('button', { name: 'Sign in again' }).count(), 0);
  });

  test('one that ends soon is told on Today, with the same button', async () => {
    waits = false;
    attention = [SOON];
    await open(page(), 'today');
    await page().reload();
    await page().getByText(/ends in 5 days/).waitFor();
    await page().getByRole('button', { name: 'Sign in again' }).waitFor();
    for (const scheme of SCHEMES) {
      assert.deepEqual(await faultsIn(page(), scheme), [], scheme);
      await pictures(page(), `ends-soon-${scheme}`);
    }
  });
});
