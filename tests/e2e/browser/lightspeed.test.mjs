// A Lightspeed shop on the screens: how much of its limit is used, a time zone that nobody knows, and what is left at the vendor when
// the connection is removed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SCHEMES, faultsIn, open, pictures, runsOff } from '../lib/look.mjs';
import { launch, openBrowser, openShop } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let demo;
before(async () => {
  demo = await openBrowser({ lightspeed: true });
  await until('the first sync', async () => (await demo.ask('summary')).all.transactions > 0, 60_000);
});
after(() => demo?.close());

/** No fault that axe finds, light and dark, and nothing that runs off. */
async function isSound(/** @type {Page} */ page, /** @type {string} */ state) {
  for (const scheme of SCHEMES) {
    assert.deepEqual(await faultsIn(page, scheme), [], `${state}, ${scheme}`);
    await pictures(page, `lightspeed-${state}-${scheme}`);
  }
  assert.deepEqual(await runsOff(page), [], state);
}

test('the level of the account’s bucket stands on the Sync screen, as the engine tells it', async () => {
  await open(demo.page, 'sync');
  await demo.page.getByText(/lightspeed: \d+ % of the calls it allows are used; it frees [\d,]+ units? a minute/).waitFor();
  const [limit] = (await demo.ask('sync_status')).limits;
  assert.equal(limit.source, 'lightspeed');
  await demo.page.getByText(`it frees ${limit.per_minute.toLocaleString('en-US')} units a minute`).waitFor();
  await isSound(demo.page, 'limit');
});

test('a time zone that nobody knows is told on Today, with the one that counts meanwhile and the way to Settings', async () => {
  const browser = await launch();
  const shop = await openShop(browser, { lightspeed: true });
  try {
    await shop.vendors.quirks({ strange_zone: true });
    const { page, ask } = await shop.open();
    await ask('sync_now');
    await open(page, 'today');
    const told = page.getByText(/have no time zone at Lightspeed that Backroom knows\. Their days are counted in \S+ meanwhile/);
    await told.waitFor({ timeout: 60_000 });
    await isSound(page, 'zone');
    await page.getByRole('link', { name: 'Open Settings' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await shop.vendors.quirks({});
    await until('nothing is read any more', async () => !(await ask('sync_status')).running, 60_000);
    await ask('sync_now');
    await open(page, 'today');
    await told.waitFor({ state: 'detached', timeout: 60_000 });
  } finally {
    await shop.close();
    await browser.close();
  }
});

test('removing the connection tells what is left to do at the vendor', async () => {
  const { page, ask } = demo;
  await open(page, 'connections');
  const region = page.getByRole('region', { name: 'Lightspeed' });
  await region.getByRole('button', { name: 'Remove…' }).click();
  await page.getByRole('button', { name: 'Remove from this computer' }).click();
  const told = page.getByRole('status').filter({ hasText: 'Lightspeed is removed from this computer.' });
  await told.waitFor();
  assert.match(await told.innerText(), /One thing is left to do\. The token itself still opens the Lightspeed account\..*Client API Access/s);
  await isSound(page, 'removed');
  await told.getByRole('button', { name: 'Understood' }).press('Enter');
  await told.waitFor({ state: 'detached' });
  assert.equal((await ask('connections')).sources.length, 0);
});
