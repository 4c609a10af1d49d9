// Every state of an update, on its part of Settings and above another screen: no fault that axe finds, light and dark, nothing that
// runs off, and each button asks for what it says. The engine's answers to this one question are put in its place: a build for
// tests updates nothing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCHEMES, SIZES, faultsIn, open, pictures, resize, runsOff } from '../lib/look.mjs';
import { launch, openShop } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

const offer = {
  version: '0.2.0',
  notes: ['Raffles show the draw on a second screen.', 'The ID check knows the new cards.', 'Syncing is twice as fast.'],
  size_bytes: 18_400_000,
  released_at: '2026-11-18T15:00:00Z',
};
const none = {
  version: '0.1.0', state: 'none', unavailable: null, channel: 'stable', checked_at: '2026-11-20T14:20:00Z', offer: null,
  done_bytes: null, installs_at: null, by_hand: false, later_until: null, failed: null, failed_at: null, updated: null,
  previous: null,
}; // prettier-ignore
const told = (/** @type {string} */ code, /** @type {string} */ message) => ({ code, message, hint: 'Nothing was changed.', retryable: false });
const updated = { from: '0.1.0', to: '0.2.0', notes: offer.notes, at: '2026-11-20T08:01:00Z', wrong: null };
const previous = { version: '0.1.0', backup: '/srv/shop/Backroom/updates/before-0.2.0.db', kept: true };

/** What stands in Settings in each state, and what above another screen. */
const STATES = [
  { name: 'nothing newer', status: none, says: /Nothing newer/ },
  { name: 'checking', status: { ...none, state: 'checking' }, says: /Asking/ },
  { name: 'turn comes later', status: { ...none, state: 'not_yet', offer }, says: /step by step/ },
  { name: 'found', status: { ...none, state: 'found', offer }, says: /Fetch it now/ },
  { name: 'downloading', status: { ...none, state: 'downloading', offer, done_bytes: 7_900_000 }, says: /is coming/ },
  { name: 'ready', status: { ...none, state: 'ready', offer, installs_at: '2026-11-21T06:00:00Z' }, says: /after closing/, above: /Version 0\.2\.0 is here/ },
  { name: 'later', status: { ...none, state: 'ready', offer, later_until: '2026-11-23T20:05:00Z', installs_at: '2026-11-24T06:00:00Z' }, says: /Put off until/ },
  { name: 'by hand', status: { ...none, state: 'ready', offer, by_hand: true }, says: /asks for a password/, above: /asks for a password/ },
  { name: 'installing', status: { ...none, state: 'installing', offer }, says: /being installed/, above: /being installed/ },
  { name: 'failed', status: { ...none, failed: told('UPDATE_SIGNATURE', 'The list of releases is not signed by Backroom.'), failed_at: '2026-11-20T13:05:00Z' }, says: /not signed by Backroom/ },
  { name: 'no keys', status: { ...none, state: 'unavailable', unavailable: told('UPDATE_NOT_BUILT_IN', 'This build does not update itself.') }, says: /does not update itself/ },
  { name: 'updated', status: { ...none, version: '0.2.0', updated, previous }, says: /Go back to 0\.1\.0/, above: /now version 0\.2\.0/ },
  { name: 'unwell', status: { ...none, version: '0.2.0', updated: { ...updated, wrong: told('UPDATE_SELF_CHECK', 'Version 0.2.0 is installed, but the data is damaged.') }, previous }, says: /the data is damaged/, above: /the data is damaged/ },
]; // prettier-ignore

describe('updates', () => {
  /** @type {import('playwright-core').Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof openShop>>} */
  let shop;
  /** @type {import('playwright-core').Page} */
  let page;
  let /** @type {object} */ status = none;
  const /** @type {string[]} */ asked = [];
  before(async () => {
    browser = await launch();
    shop = await openShop(browser);
    ({ page } = await shop.open());
    const commands = /\/rpc\/(update_status|check_for_update|download_update|install_update|put_off_update|update_seen|return_to_previous)$/;
    await page.route(commands, (route) => {
      const name = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
      if (name !== 'update_status') asked.push(name);
      const reply = ['update_status', 'check_for_update', 'put_off_update'].includes(name) ? status : null;
      return route.fulfill({ json: reply });
    });
  });
  after(async () => {
    await shop?.close();
    await browser?.close();
  });

  /** Shows a state: whatever was asked before is asked anew. */
  async function become(/** @type {object} */ state, /** @type {string} */ screen) {
    status = state;
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await open(page, screen);
  }

  for (const { name, status: state, says, above } of STATES) {
    test(`${name}: in Settings`, async () => {
      await become(state, 'settings');
      const part = page.getByRole('region', { name: 'Updates', exact: true });
      await part.scrollIntoViewIfNeeded();
      assert.match(await part.innerText(), says);
      for (const scheme of SCHEMES) {
        assert.deepEqual(await faultsIn(page, scheme), [], scheme);
        await pictures(page, `update-${name}-${scheme}`.replace(/\W+/g, '-'));
      }
      for (const size of SIZES) {
        await resize(page, size);
        assert.deepEqual(await runsOff(page), [], `${size.width} wide`);
      }
      await resize(page);
    });

    test(`${name}: above another screen`, async () => {
      await become(state, 'sync');
      const notice = page.getByRole('region', { name: 'Update', exact: true });
      if (!above) {
        assert.equal(await notice.count(), 0, 'nobody is told what he need not know');
        return;
      }
      await notice.waitFor();
      assert.match(await notice.innerText(), above);
      for (const scheme of SCHEMES) {
        assert.deepEqual(await faultsIn(page, scheme), [], scheme);
        await pictures(page, `update-notice-${name}-${scheme}`.replace(/\W+/g, '-'));
      }
      await resize(page, SIZES[0]);
      assert.deepEqual(await runsOff(page), []);
      await resize(page);
    });
  }

  test('each button asks for what it says, by keyboard', async () => {
    const press = async (/** @type {object} */ state, /** @type {string} */ button, /** @type {string} */ command) => {
      await become(state, 'settings');
      asked.length = 0;
      const part = page.getByRole('region', { name: 'Updates', exact: true });
      await part.getByRole('button', { name: button, exact: true }).focus();
      await page.keyboard.press('Enter');
      await until(command, () => asked.includes(command));
    };
    const ready = { ...none, state: 'ready', offer, installs_at: '2026-11-21T06:00:00Z' };
    await press(none, 'Check now', 'check_for_update');
    await press({ ...none, state: 'found', offer }, 'Fetch it now', 'download_update');
    await press(ready, 'Install now', 'install_update');
    await press(ready, 'Later', 'put_off_update');
    await become({ ...none, version: '0.2.0', updated, previous }, 'settings');
    asked.length = 0;
    await page.getByRole('button', { name: 'Go back to 0.1.0…' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Go back to version 0.1.0' });
    assert.match(await dialog.innerText(), /as it was before the update/, 'what is lost is said before');
    assert.deepEqual(await faultsIn(page, 'light'), []);
    await dialog.getByRole('button', { name: 'Go back', exact: true }).press('Enter');
    await until('going back', () => asked.includes('return_to_previous'));
  });
});
