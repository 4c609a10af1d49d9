// Who may see and do what: PINs, the lock screen, the roles, the settings, the audit log, and setting a shop up; by a real engine
// over a real folder, every screen of it without a fault that axe finds and walked through by keyboard.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { walkedThrough } from '../lib/keyboard.mjs';
import { SCHEMES, SIZES, faultsIn, open, pictures, resize, runsOff, settled } from '../lib/look.mjs';
import { launch, openShop } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

/** @typedef {Awaited<ReturnType<Awaited<ReturnType<typeof openShop>>['open']>>} Served */
/** @typedef {import('playwright-core').Page} Page */

// Without a keychain PINs are checked with what is derived from this text.
process.env.BACKROOM_BUFFER_KEY = 'an invented text, long enough to seal a buffer';

const OWNER = { name: 'Olive Owner', pin: '4711' };
const MANAGER = { name: 'Max Manager', pin: '2580' };
const CLERK = { name: 'Cleo Clerk', pin: '90125' };
const MONEY = /\$\s?\d/;

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** What is wrong with the looks of a page, in both schemes and at the sizes it has to fit; and its pictures. */
async function looks(/** @type {Page} */ page, /** @type {string} */ name) {
  const /** @type {Record<string, string[]>} */ wrong = {};
  for (const scheme of SCHEMES) {
    const found = await faultsIn(page, scheme);
    if (found.length > 0) wrong[scheme] = found;
    await pictures(page, `${name}-${scheme}`);
  }
  await page.emulateMedia({ colorScheme: SCHEMES[0] });
  for (const size of SIZES) {
    await resize(page, size);
    const found = await runsOff(page);
    if (found.length > 0) wrong[`${size.width} wide`] = found;
  }
  await resize(page);
  return wrong;
}

const chooser = (/** @type {Page} */ page) => page.getByRole('heading', { name: 'Who is at work?' });

/** Chooses a name and enters a PIN, by keyboard alone. */
async function enter(/** @type {Page} */ page, /** @type {{ name: string, pin: string }} */ who) {
  await chooser(page).waitFor();
  await page.keyboard.press(who.name.charAt(0));
  await until(`the focus on ${who.name}`, () =>
    page.evaluate((name) => document.activeElement?.textContent?.includes(name) ?? false, who.name),
  );
  await page.keyboard.press('Enter');
  await page.getByLabel('PIN', { exact: true }).waitFor();
  await page.keyboard.type(who.pin);
  await page.keyboard.press('Enter');
}

async function lock(/** @type {Page} */ page) {
  await page.keyboard.press('Control+l');
  await chooser(page).waitFor();
}

describe('a shop with people', () => {
  /** @type {Awaited<ReturnType<typeof openShop>>} */
  let shop;
  /** @type {Served} */
  let at;
  const page = () => at.page;
  /** Asks as the browser does: who is at work there is at work there alone. */
  const ask = async (/** @type {string} */ name, /** @type {unknown} */ question = null) =>
    at.ask(name, question, await page().evaluate(() => localStorage.getItem('backroom.seat') ?? ''));
  before(async () => {
    shop = await openShop(browser, { payments: 1_500 });
    at = await shop.open();
    await until('all of it', async () => (await at.ask('app_state')).filling === null, 60_000);
    await until('nothing under way', async () => !(await at.ask('app_state')).freshness.syncing);
  });
  after(() => shop?.close());

  /** Adds somebody as a person does. */
  async function add(/** @type {typeof OWNER} */ who, /** @type {string} */ button, /** @type {RegExp | undefined} */ role) {
    await page().getByRole('button', { name: button }).click();
    const dialog = page().getByRole('dialog');
    await dialog.getByLabel('Name').fill(who.name);
    if (role) await dialog.getByRole('radio', { name: role }).check();
    await dialog.getByLabel('PIN', { exact: true }).fill(who.pin);
    await dialog.getByLabel('Once more').fill(who.pin);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page().getByRole('table', { name: 'People' }).getByText(who.name).waitFor();
  }

  test('settings without people: no PIN, and the first is the owner', async () => {
    await page().keyboard.press('F6');
    await page().getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await settled(page());
    assert.deepEqual(await looks(page(), 'settings-nobody'), {});
    await page().getByRole('button', { name: 'Add the owner' }).click();
    const dialog = page().getByRole('dialog');
    assert.ok(await dialog.getByRole('radio', { name: /^Clerk/ }).isDisabled(), 'the first is no clerk');
    await dialog.getByLabel('Name').fill(OWNER.name);
    for (const [pin, again, says] of /** @type {const} */ ([
      ['12', '12', /four to eight digits/],
      ['4711', '4712', /not the same/],
      ['1234', '1234', /first that anybody tries/],
    ])) {
      await dialog.getByLabel('PIN', { exact: true }).fill(pin);
      await dialog.getByLabel('Once more').fill(again);
      await dialog.getByRole('button', { name: 'Add', exact: true }).click();
      await dialog.getByText(says).waitFor();
    }
    for (const scheme of SCHEMES) {
      assert.deepEqual(await faultsIn(page(), scheme), [], scheme);
      await pictures(page(), `person-dialog-${scheme}`);
    }
    assert.deepEqual((await walkedThrough(page(), 'dialog[open]')).wrong, []);
    await page().keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  test('an owner, a clerk and a manager are added', async () => {
    await add(OWNER, 'Add the owner', undefined);
    await add(CLERK, 'Add a person', /^Clerk/);
    await add(MANAGER, 'Add a person', /^Manager/);
    assert.equal((await ask('people')).people.length, 3);
  });

  test('the lock screen shows names and nothing else, and stays after a reload', async () => {
    await open(page(), 'today');
    await page().locator('main').getByText(MONEY).first().waitFor();
    await lock(page());
    for (const moment of ['locked', 'loaded again']) {
      assert.doesNotMatch(await page().content(), MONEY, `${moment}: no money anywhere in the document`);
      assert.equal(await page().getByRole('navigation').count(), 0, `${moment}: no screens`);
      assert.equal(await page().title(), 'Locked – Backroom');
      await page().reload();
      await chooser(page()).waitFor();
    }
    await assert.rejects(ask('today', { location: null }), /LOCKED/, 'the engine itself is shut');
    await page().keyboard.press('F2');
    await page().keyboard.press('?');
    assert.equal(await page().getByRole('dialog').count(), 0, 'no key leads past it');
    assert.deepEqual(await looks(page(), 'lock-names'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
  });

  test('the arrow keys go through the names', async () => {
    await page().reload();
    await chooser(page()).waitFor();
    const focused = () => page().evaluate(() => document.activeElement?.querySelector('strong')?.textContent);
    assert.equal(await focused(), CLERK.name);
    await page().keyboard.press('ArrowDown');
    assert.equal(await focused(), MANAGER.name);
    await page().keyboard.press('End');
    assert.equal(await focused(), OWNER.name);
    await page().keyboard.press('ArrowDown');
    assert.equal(await focused(), CLERK.name, 'around the end');
  });

  test('where secrets are in a file, its passphrase comes before every PIN', async () => {
    // Of this engine they are in the environment: its answer is told to be that of a file.
    await page().route('**/rpc/people', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), needs_passphrase: true } });
    });
    await page().reload();
    await page().getByRole('heading', { name: 'Open Backroom' }).waitFor();
    assert.equal(await page().getByRole('button', { name: OWNER.name }).count(), 0, 'no PIN can be checked yet');
    await page().getByLabel('Passphrase').fill('an invented passphrase');
    assert.deepEqual(await looks(page(), 'lock-passphrase'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
    await page().getByRole('button', { name: 'Open' }).click();
    await until('the engine’s words', async () => (await page().getByRole('alert').innerText()).trim() !== '');
    assert.equal(await page().getByLabel('Passphrase').inputValue(), '', 'what was refused does not stay');
    await page().unroute('**/rpc/people');
    await page().reload();
    await chooser(page()).waitFor();
  });

  test('the PIN pad: masked, by mouse and keyboard, and a wrong PIN is told', async () => {
    await page().getByRole('button', { name: CLERK.name }).click();
    const pin = page().getByLabel('PIN', { exact: true });
    await pin.waitFor();
    assert.equal(await pin.getAttribute('type'), 'password');
    assert.deepEqual(await looks(page(), 'lock-pin'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
    for (const digit of '0001') await page().getByRole('button', { name: digit, exact: true }).click();
    await page().getByRole('button', { name: 'Delete the last digit' }).click();
    await page().keyboard.type('0');
    assert.equal(await pin.inputValue(), '0000', 'from the keyboard too, wherever the focus is');
    await page().getByRole('button', { name: 'Enter' }).click();
    await page().getByText('That is not the PIN. Try again.').waitFor();
    assert.equal(await pin.inputValue(), '', 'the next try begins anew');
    assert.deepEqual(await looks(page(), 'lock-wrong'), {});
    await page().keyboard.press('Escape');
    await chooser(page()).waitFor();
  });

  test('too many wrong PINs: the wait counts down, and others need not wait', async () => {
    const { people } = await ask('people');
    const id = people.find((/** @type {any} */ one) => one.name === MANAGER.name).id;
    for (let n = 0; n < 6; n++) await assert.rejects(ask('enter_pin', { id, pin: '0000' }), /PIN_WRONG/);
    await page().reload();
    await chooser(page()).waitFor();
    await page().getByText(/^\s*waits 0:[123]\d/).waitFor();
    await page().getByRole('button', { name: MANAGER.name }).click();
    const timer = page().getByRole('timer');
    const first = await timer.innerText();
    await until('a second less', async () => (await timer.innerText()) < first);
    assert.equal(await page().getByLabel('PIN', { exact: true }).count(), 0, 'nothing to type into');
    assert.deepEqual(await looks(page(), 'lock-waits'), {});
    await page().keyboard.press('Escape');
    await page().getByRole('button', { name: 'Somebody else' }).click();
    await chooser(page()).waitFor();
  });

  test('a clerk sees products alone, and no takings anywhere', async () => {
    await enter(page(), CLERK);
    await page().getByRole('heading', { name: 'Products', level: 1 }).waitFor();
    await settled(page());
    await page().locator('[data-product]').first().waitFor();
    const links = await page().getByRole('navigation', { name: 'Screens' }).getByRole('link').allInnerTexts();
    assert.deepEqual(
      links.map((text) => text.split('\n')[0]),
      ['Products', 'ID check', 'Members', 'Raffles'],
    );
    for (const screen of ['today', 'sales', 'sync', 'connections', 'settings', 'setup']) {
      await page().evaluate((hash) => (location.hash = hash), `#/${screen}`);
      await until(`${screen} leads to products`, () => page().evaluate(() => location.hash === '#/products'));
      assert.match(await page().title(), /^Products/);
    }
    await page().keyboard.press('F1');
    await until('F1 leads to products', () => page().evaluate(() => location.hash === '#/products'));
    await settled(page());
    await page().locator('[data-product]').first().waitFor();
    const elsewhere = await page().evaluate(() => {
      const copy = /** @type {HTMLElement} */ (document.body.cloneNode(true));
      // What a thing costs on the shelf is for the counter.
      for (const cell of copy.querySelectorAll('[aria-rowindex] td:nth-of-type(1)')) cell.remove();
      return copy.outerHTML;
    });
    assert.match(await page().locator('[aria-rowindex] td').first().innerText(), MONEY, 'the price on the shelf');
    assert.doesNotMatch(elsewhere, MONEY, 'and no other money in the document');
    await page().locator('[data-product]').first().click();
    await page().locator('[data-product]').first().press('Enter');
    assert.equal(await page().getByRole('dialog').count(), 0, 'no way to what was taken for it');
    assert.deepEqual(await looks(page(), 'clerk-products'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
  });

  test('a manager sees every number and changes no setting', async () => {
    await lock(page());
    await page().getByText(/waits/).waitFor();
    const { people } = await ask('people');
    const owner = people.find((/** @type {any} */ one) => one.name === OWNER.name).id;
    const manager = people.find((/** @type {any} */ one) => one.name === MANAGER.name).id;
    await ask('enter_pin', { id: owner, pin: OWNER.pin });
    await ask('save_person', { id: manager, name: MANAGER.name, role: 'manager', pin: '80802' });
    await ask('leave');
    await chooser(page()).waitFor();
    await enter(page(), { ...MANAGER, pin: '80802' });
    await open(page(), 'today');
    await page().locator('main').getByText(MONEY).first().waitFor();
    await open(page(), 'settings');
    await page().getByText('Only an owner changes it').waitFor();
    assert.ok(await page().getByLabel('A business day begins at').isDisabled());
    assert.equal(await page().getByRole('button', { name: /^(Save|Add|Change|Remove|Verify)/ }).count(), 0);
    assert.deepEqual(await looks(page(), 'settings-manager'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
  });

  test('what needs an owner asks for one, and goes on when one has come', async () => {
    await open(page(), 'connections');
    await page().getByRole('button', { name: 'Remove…' }).first().click();
    await page().getByRole('button', { name: 'Remove from this computer' }).click();
    const dialog = page().getByRole('dialog', { name: 'This needs an owner' });
    await dialog.getByText(OWNER.name).first().waitFor();
    for (const scheme of SCHEMES) {
      assert.deepEqual(await faultsIn(page(), scheme), [], scheme);
      await pictures(page(), `needs-owner-${scheme}`);
    }
    assert.deepEqual((await walkedThrough(page(), 'dialog[open]')).wrong, []);
    await page().keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page().getByText('This needs an owner.').waitFor();
    assert.equal((await ask('people')).at_work.name, MANAGER.name, 'nothing has changed');
    await page().getByRole('button', { name: 'Remove…' }).first().click();
    await page().getByRole('button', { name: 'Remove from this computer' }).click();
    await dialog.getByLabel('PIN', { exact: true }).waitFor();
    await until('the focus on the PIN', () => page().evaluate(() => document.activeElement?.matches('[name=backroom-pin]')));
    await page().keyboard.type(OWNER.pin);
    await page().keyboard.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    // Where secrets come from the environment none can be removed: that is the answer to the owner.
    await page().getByText('SECRET_READ_ONLY').waitFor();
    assert.equal((await ask('people')).at_work.name, OWNER.name, 'who entered the PIN is at work');
  });

  test('a lock from elsewhere brings the lock screen', async () => {
    await open(page(), 'today');
    await ask('leave');
    await chooser(page()).waitFor();
    assert.doesNotMatch(await page().content(), MONEY);
    await enter(page(), OWNER);
    await page().getByRole('navigation', { name: 'Screens' }).waitFor();
  });

  test('an owner saves settings by parts; they are there after a restart', async () => {
    await lock(page());
    await enter(page(), OWNER);
    await open(page(), 'settings');
    const zone = page().getByLabel('Time zone', { exact: true });
    await zone.fill('phoen');
    await page().getByRole('option', { name: /Phoenix/ }).waitFor();
    assert.deepEqual(await faultsIn(page(), 'light'), [], 'the open list');
    await pictures(page(), 'settings-zones');
    await zone.press('Enter');
    assert.equal(await zone.inputValue(), 'America/Phoenix');
    await page().getByLabel('A business day begins at').fill('05:30');
    const day = page().getByRole('region', { name: 'Shop' });
    await day.getByRole('button', { name: 'Save' }).click();
    await day.getByText('Saved', { exact: true }).waitFor();
    await day.getByText(/applies from the next start/).waitFor();
    const schedule = page().getByRole('region', { name: 'Schedule' });
    await schedule.getByLabel('Minutes between two syncs').fill('0');
    await schedule.getByText(/1 to 1440 minutes/).waitFor();
    await schedule.getByLabel('Minutes between two syncs').fill('7');
    await schedule.getByRole('button', { name: 'Save' }).click();
    await schedule.getByText('Saved', { exact: true }).waitFor();
    const budget = page().getByRole('region', { name: 'BigQuery budget' });
    await budget.getByLabel(/US dollars/).fill('2.50');
    await budget.getByRole('button', { name: 'Save' }).click();
    await budget.getByText('Saved', { exact: true }).waitFor();
    assert.deepEqual(await looks(page(), 'settings-owner'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
    await page().evaluate(() => document.querySelector('main')?.scrollTo(0, 1e6));
    await pictures(page(), 'settings-owner-end-light');
    await page().emulateMedia({ colorScheme: 'dark' });
    await pictures(page(), 'settings-owner-end-dark');
    await page().emulateMedia({ colorScheme: 'light' });
    await shop.shut();
    at = await shop.open();
    await enter(page(), OWNER);
    await open(page(), 'settings');
    assert.equal(await page().getByLabel('Time zone', { exact: true }).inputValue(), 'America/Phoenix');
    assert.equal(await page().getByLabel('A business day begins at').inputValue(), '05:30');
    assert.equal(await page().getByLabel('Minutes between two syncs').inputValue(), '7');
    assert.equal(await page().getByLabel(/US dollars/).inputValue(), '2.50');
    assert.equal(await page().getByText(/applies from the next start/).count(), 0, 'it has been started since');
  });

  test('the audit log tells it in words, and is verified', async () => {
    const log = page().getByRole('table', { name: 'Audit log' });
    await log.getByText('Changed the settings').first().waitFor();
    const told = await log.innerText();
    for (const words of [`Added ${CLERK.name} as clerk`, 'Entered a wrong PIN (1 in a row)', `Changed ${MANAGER.name}, new PIN`]) {
      assert.ok(told.includes(words), `${words} in ${told}`);
    }
    assert.match(told, /Changed the settings: time zone America\/Chicago → America\/Phoenix; a day begins at 04:00 → 05:30/);
    assert.match(told, /Changed the settings: minutes between two syncs \d+ → 7/);
    for (const secret of [OWNER.pin, MANAGER.pin, CLERK.pin]) assert.ok(!told.includes(secret), 'no PIN is told');
    await page().getByRole('button', { name: 'Verify' }).click();
    await page().getByText(/All \d+ entries are as they were written/).waitFor();
  });

  test('a person is removed, and cannot come back', async () => {
    await page().getByRole('button', { name: `Remove ${CLERK.name}` }).click();
    await page().getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await until('one fewer', async () => (await ask('people')).people.length === 2);
    await lock(page());
    assert.equal(await page().getByRole('button', { name: CLERK.name }).count(), 0);
  });

  test('while somebody is there the engine hears of it now and then; when nobody is, it locks by itself', async () => {
    let touches = 0;
    page().on('request', (request) => {
      if (request.url().endsWith('/rpc/touch')) touches += 1;
    });
    await page().clock.install();
    await enter(page(), OWNER);
    await page().getByRole('navigation', { name: 'Screens' }).waitFor();
    for (let x = 100; x < 400; x += 10) await page().mouse.move(x, 200);
    await until('a touch', async () => touches > 0);
    assert.equal(touches, 1, 'thirty moves are one touch');
    await page().clock.fastForward(40_000);
    await page().mouse.move(500, 300);
    await until('another touch after half a minute', async () => touches === 2);
    await page().clock.fastForward(9 * 60_000);
    await page().clock.runFor(6_000);
    assert.equal(await chooser(page()).count(), 0, 'nine minutes are not ten');
    await page().clock.fastForward(60_000);
    await page().clock.runFor(6_000);
    await chooser(page()).waitFor();
    assert.equal((await ask('people')).locked, true, 'the engine is locked, not the screen alone');
  });
});

describe('setting a shop up', () => {
  /** @type {Awaited<ReturnType<typeof openShop>>} */
  let shop;
  /** @type {Served} */
  let at;
  const page = () => at.page;
  before(async () => {
    shop = await openShop(browser);
    at = await shop.open();
  });
  after(() => shop?.close());

  async function fine(/** @type {string} */ step, /** @type {RegExp} */ heading) {
    await page().getByRole('heading', { level: 1, name: heading }).waitFor();
    await settled(page());
    assert.deepEqual(await looks(page(), `setup-${step}`), {}, step);
    assert.deepEqual((await walkedThrough(page())).wrong, [], step);
  }

  test('each step can be skipped and gone back to; a restart goes on where it was left', async () => {
    await fine('welcome', /on this computer/);
    await page().getByRole('button', { name: /^Connect Square/ }).click();
    await fine('shop', /day begin/);
    await page().getByLabel('A business day begins at').fill('04:00');
    await page().getByRole('button', { name: 'Continue' }).click();
    await fine('square', /Connect Square/);
    assert.equal((await at.ask('settings')).business_day_start, '04:00', 'the shop’s day is saved');
    await page().getByRole('radio', { name: 'Sign in' }).check();
    await page().getByLabel('Way-back page').waitFor();
    await fine('square-sign-in', /Connect Square/);
    await page().getByRole('button', { name: 'Skip for now' }).click();
    await page().getByRole('heading', { level: 1, name: /Connect Lightspeed/ }).waitFor();
    await page().getByRole('radio', { name: 'Paste a token' }).check();
    await page().getByLabel('Lightspeed access token').waitFor();
    await fine('lightspeed', /Connect Lightspeed/);
    await page().getByRole('button', { name: 'Skip for now' }).click();
    await fine('bigquery', /BigQuery/);
    await shop.shut();
    at = await shop.open();
    await page().getByRole('button', { name: /^Go on setting up/ }).waitFor();
    await fine('welcome-again', /on this computer/);
    await page().getByRole('button', { name: /^Go on setting up/ }).click();
    await page().getByRole('heading', { level: 1, name: /BigQuery/ }).waitFor();
    await page().getByRole('button', { name: 'Skip for now' }).click();
    await fine('done', /One thing is left/);
    await page().getByRole('button', { name: 'Back' }).click();
    await page().getByRole('heading', { level: 1, name: /BigQuery/ }).waitFor();
    await page().getByRole('link', { name: 'Leave setting up' }).click();
    await page().getByText('No shop is connected yet.').waitFor();
    await page().evaluate(() => (location.hash = '#/setup'));
    await page().getByRole('heading', { level: 1, name: /One thing is left/ }).waitFor();
    await page().getByRole('link', { name: 'Connect Lightspeed' }).click();
    await page().getByRole('heading', { level: 1, name: /Connect Lightspeed/ }).waitFor();
    await page().getByRole('button', { name: 'A Lightspeed shop' }).waitFor();
  });
});

describe('a shop whose setting up was left', () => {
  /** @type {Awaited<ReturnType<typeof openShop>>} */
  let shop;
  before(async () => {
    shop = await openShop(browser, { payments: 300 });
  });
  after(() => shop?.close());

  test('a line leads back to it, can be put away, and is gone once what is missing was skipped', async () => {
    // Without its section there is no warehouse.
    const file = path.join(shop.dataDir, 'config.toml');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/\[warehouse\][^[]*/, ''));
    let { page, ask } = await shop.open();
    await until('all of it', async () => (await ask('app_state')).filling === null, 60_000);
    await open(page, 'today');
    await page.getByText('BigQuery is not connected').waitFor();
    assert.deepEqual(await looks(page, 'unfinished'), {});
    await page.getByRole('button', { name: 'Not now' }).click();
    assert.equal(await page.getByText('Finish setting up').count(), 0);
    await page.reload();
    await settled(page);
    assert.equal(await page.getByText('Finish setting up').count(), 0, 'for as long as the window is open');
    ({ page, ask } = await shop.open());
    await page.getByRole('link', { name: 'Finish setting up' }).click();
    await page.getByRole('heading', { level: 1, name: /Connect Lightspeed/ }).waitFor();
    await page.getByRole('button', { name: /Square/ }).click();
    await page.getByText('Square is connected').waitFor();
    await page.getByRole('button', { name: /^Test/ }).click();
    await page.getByText('It may').waitFor();
    assert.deepEqual(await looks(page, 'setup-connected'), {});
    assert.deepEqual((await walkedThrough(page)).wrong, []);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Skip for now' }).click();
    await page.getByRole('heading', { level: 1, name: /BigQuery/ }).waitFor();
    await page.getByRole('button', { name: 'Skip for now' }).click();
    await page.getByRole('heading', { level: 1, name: /All is set/ }).waitFor();
    await page.getByText('Today so far').waitFor();
    assert.deepEqual(await looks(page, 'setup-all-set'), {});
    assert.deepEqual((await walkedThrough(page)).wrong, []);
    await page.getByRole('link', { name: 'Open Today' }).click();
    await page.getByRole('heading', { name: 'Today', level: 1 }).waitFor();
    assert.equal(await page.getByText('Finish setting up').count(), 0, 'what was skipped is not asked for again');
    ({ page, ask } = await shop.open());
    await open(page, 'today');
    assert.equal(await page.getByText('Finish setting up').count(), 0, 'nor after a restart');
  });
});
