// ID checks of a shop with people: trainings, what a clerk sees, a document that is typed and looked at by a second person, and an
// engine that is gone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { walkedThrough } from '../lib/keyboard.mjs';
import { SCHEMES, faultsIn, pictures, settled } from '../lib/look.mjs';
import { away, card, scan, tailOver } from '../lib/scanner.mjs';
import { launch, openShop } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

const OF_AGE = card({ birth: away(-35) });

// Without a keychain PINs are checked with what is derived from this text.
process.env.BACKROOM_BUFFER_KEY = 'an invented text, long enough to seal a buffer';

describe('ID checks of a shop with people', () => {
  const OWNER = { name: 'Olive Owner', role: 'owner', pin: '4711' };
  const CLERK = { name: 'Cleo Clerk', role: 'clerk', pin: '90125' };
  /** @type {import('playwright-core').Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof openShop>>} */
  let shop;
  /** @type {Awaited<ReturnType<Awaited<ReturnType<typeof openShop>>['open']>>} */
  let at;
  const page = () => at.page;
  const ask = async (/** @type {string} */ name, /** @type {unknown} */ question = null) =>
    at.ask(name, question, await page().evaluate(() => localStorage.getItem('backroom.seat') ?? ''));
  const verdict = () => page().getByRole('region', { name: 'Verdict' });
  const says = (/** @type {RegExp} */ words) => verdict().getByText(words).first().waitFor();

  before(async () => {
    browser = await launch();
    shop = await openShop(browser, {});
    at = await shop.open();
    for (const who of [OWNER, CLERK]) await ask('save_person', { id: null, ...who });
    const settings = await ask('age_settings');
    await ask('save_age_settings', { ...settings, state: 'TX' });
    await page().reload();
  });
  after(async () => {
    await shop?.close();
    await browser?.close();
  });

  const opened = async () => {
    await page().evaluate(() => (location.hash = '#/age'));
    await page().getByRole('heading', { name: 'ID check', level: 1 }).waitFor();
    await page().getByRole('radio', { name: /Tobacco/ }).waitFor();
    await settled(page());
  };
  /** Somebody else comes to work. */
  const enter = async (/** @type {typeof OWNER} */ who) => {
    await page().keyboard.press('Control+l');
    await page().getByRole('heading', { name: 'Who is at work?' }).waitFor();
    await page().getByRole('button', { name: who.name }).click();
    await page().getByLabel('PIN', { exact: true }).fill(who.pin);
    await page().keyboard.press('Enter');
    await until(`${who.name} at work`, async () => (await ask('people')).at_work?.name === who.name);
    await page().getByRole('navigation').first().waitFor();
  };

  test('an owner notes who was taught what, and until when it counts', async () => {
    await opened();
    await page().getByRole('radio', { name: 'Trainings', exact: true }).check();
    await page().getByText('None noted yet.').waitFor();
    await page().getByLabel('Who', { exact: true }).selectOption(CLERK.name);
    await page().getByRole('button', { name: 'Note it' }).click();
    await page().getByText('Say what was taught.').waitFor();
    for (const [what, until_] of /** @type {const} */ ([['Looking at cards', ''], ['Old course', away(0, -1)]])) {
      await page().getByLabel('What', { exact: true }).fill(what);
      await page().getByLabel(/^On/).fill(away(-1));
      await page().getByLabel(/^Counts until/).fill(until_);
      await page().getByRole('button', { name: 'Note it' }).click();
      await page().getByRole('table', { name: 'Trainings' }).getByText(what).waitFor();
    }
    const rows = page().getByRole('table', { name: 'Trainings' }).getByRole('row');
    await rows.filter({ hasText: 'Old course' }).getByText('over').waitFor();
    assert.equal(await rows.filter({ hasText: 'Looking at cards' }).getByText('over').count(), 0);
    for (const scheme of SCHEMES) assert.deepEqual(await faultsIn(page(), scheme), [], scheme);
    await page().emulateMedia({ colorScheme: SCHEMES[0] });
  });

  test('a clerk sees the check and the rules, and no records, lists or settings', async () => {
    await enter(CLERK);
    await opened();
    assert.deepEqual(await page().getByRole('group', { name: 'Part' }).getByRole('radio').evaluateAll((all) => all.map((one) => one.closest('label')?.textContent?.trim())), ['Check', 'Rules']);
    await page().evaluate(() => (location.hash = '#/age?part=records'));
    await says(/^Scan an ID$/);
    for (const name of ['age_statistics', 'age_checks', 'bans', 'age_pack', 'trainings'])
      await assert.rejects(ask(name, name.startsWith('age') ? {} : null), /ROLE|role/, name);
    await opened();
    await scan(page(), OF_AGE);
    await says(/^OK to sell$/i);
    await tailOver(page());
    await page().keyboard.press('Escape');
    await says(/^Scan an ID$/);
    for (const scheme of SCHEMES) {
      assert.deepEqual(await faultsIn(page(), scheme), [], scheme);
      await pictures(page(), `age-clerk-${scheme}`);
    }
    await page().emulateMedia({ colorScheme: SCHEMES[0] });
    assert.deepEqual((await walkedThrough(page())).wrong, []);
  });

  test('what is typed is looked at by a second person, who has a PIN', async () => {
    await opened();
    const fill = async (/** @type {string} */ pin) => {
      await page().getByLabel('Document').selectOption('passport');
      const day = away(-40);
      await page().getByLabel('Born').fill(`${day.slice(5, 7)}/${day.slice(8)}/${day.slice(0, 4)}`);
      await page().getByLabel('Expires').fill(away(2));
      if (pin === '') return;
      await page().getByLabel('Second person').selectOption(OWNER.name);
      await page().getByLabel('That person’s PIN').fill(pin);
    };
    const check = () => page().getByRole('button', { name: 'Check what was typed' }).click();
    await fill('');
    await check();
    await page().getByText('Somebody else looks at it too and enters a PIN.').waitFor();
    const offered = await page().getByLabel('Second person').locator('option').allTextContents();
    assert.ok(!offered.includes(CLERK.name), 'nobody is the second person beside himself');
    await fill('4712');
    await check();
    await page().locator('form').getByText(/That is not the PIN/).waitFor();
    await says(/^Look at the card$/i);
    assert.equal(await page().getByLabel('That person’s PIN').inputValue(), '', 'a wrong PIN does not stay');
    await fill(OWNER.pin);
    await check();
    await says(/^OK to sell$/i);
    assert.equal(await page().getByLabel('Born').inputValue(), '', 'what was typed does not stay');
    await enter(OWNER);
    const [line] = await ask('age_checks', {});
    const { people } = await ask('people');
    assert.deepEqual([line.method, line.clerk], ['manual', people.find((/** @type {any} */ one) => one.name === CLERK.name).id]);
    const { csv } = await ask('age_pack', {});
    assert.match(csv, new RegExp(`second person ${people.find((/** @type {any} */ one) => one.name === OWNER.name).id}`), 'who looked as well is kept');
  });

  test('an engine that is gone permits nothing', async () => {
    await opened();
    at.engine.signal('SIGSTOP');
    try {
      await scan(page(), OF_AGE);
      await says(/^Wait$/i);
      await says(/No answer came/);
      await says(/Do not sell yet/);
      assert.equal(await verdict().locator('[data-shape]').getAttribute('data-shape'), 'amber');
    } finally {
      at.engine.signal('SIGCONT');
    }
    await at.engine.stop();
    await scan(page(), OF_AGE);
    await says(/^Look at the card$/i);
    await says(/Nothing was checked/);
  });
});
