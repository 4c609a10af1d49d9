// Members with a customer waiting: found, joined, changed, paused, cancelled and brought back by keyboard alone; what a clerk may not do is
// not there; and whatever goes wrong is said in words. By a real engine, every state of it without a fault that axe finds.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { alter } from '../lib/engine.mjs';
import { walkedThrough } from '../lib/keyboard.mjs';
import { SCHEMES, SIZES, faultsIn, open, pictures, resize, runsOff, settled } from '../lib/look.mjs';
import { launch, openBrowser, openShop } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** What is wrong with the looks of a page, in both schemes and at the sizes it has to fit; and its pictures. */
async function looks(/** @type {Page} */ page, /** @type {string} */ name) {
  const /** @type {Record<string, string[]>} */ wrong = {};
  for (const scheme of SCHEMES) {
    const found = await faultsIn(page, scheme);
    if (found.length > 0) wrong[scheme] = found;
    await pictures(page, `members-${name}-${scheme}`);
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

/** Presses Tab until the control with this name has the focus. */
async function tabTo(/** @type {Page} */ page, /** @type {RegExp} */ name, most = 80) {
  const /** @type {string[]} */ passed = [];
  for (let pressed = 0; pressed < most; pressed++) {
    const at = await page.evaluate(() => {
      const one = /** @type {HTMLInputElement | null} */ (document.activeElement);
      const label = one?.labels?.[0]?.textContent ?? one?.closest('label')?.textContent;
      return (one?.getAttribute('aria-label') ?? label ?? one?.textContent ?? '').trim().replace(/\s+/g, ' ');
    });
    if (name.test(at)) return;
    passed.push(at.slice(0, 40));
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not come to ${name}; it was at ${passed.slice(-12).join(' | ')}`);
}

describe('members', () => {
  /** @type {Awaited<ReturnType<typeof openBrowser>>} */
  let shop;
  const page = () => shop.page;
  const field = () => page().getByRole('combobox');
  const card = () => page().getByRole('article');
  const dialog = () => page().getByRole('dialog');
  const find = async (/** @type {string} */ text) => (await shop.ask('member_find', { text }))[0];
  /** Asks as the browser does: who is at work there is at work there alone. */
  const asThere = async (/** @type {string} */ name, /** @type {unknown} */ question = null) =>
    shop.ask(name, question, await page().evaluate(() => localStorage.getItem('backroom.seat') ?? ''));
  before(async () => {
    shop = await openBrowser({ payments: 1_000 });
    page().setDefaultTimeout(15_000);
    await until('the first sync', async () => (await shop.ask('app_state')).filling === null, 60_000);
    await until('nothing under way', async () => !(await shop.ask('app_state')).freshness.syncing);
  });
  after(() => shop?.close());

  /** The screen as it opens, with nobody looked for. */
  async function opened(part = '') {
    await page().evaluate(() => (location.hash = '#/products'));
    await page().getByRole('heading', { name: 'Products', level: 1 }).waitFor();
    await open(page(), `members${part}`);
  }
  /** Looks somebody up as a person does, and opens the card. */
  async function show(/** @type {string} */ text) {
    await opened();
    await page().keyboard.type(text);
    await page().getByRole('option').first().waitFor();
    await page().keyboard.press('Enter');
    await card().waitFor();
    await settled(page());
  }
  /** Presses a button of the card by keyboard, and waits for what it opens. */
  async function press(/** @type {RegExp} */ name) {
    await tabTo(page(), name);
    await page().keyboard.press('Enter');
    await dialog().waitFor();
    await settled(page());
  }
  /** Presses what the dialog is for. */
  async function agree(/** @type {string | RegExp} */ name) {
    const button = dialog().getByRole('button', { name });
    await until(`${name} can be pressed`, () => button.isEnabled());
    await button.focus();
    await page().keyboard.press('Enter');
    await dialog().waitFor({ state: 'hidden' });
    await settled(page());
  }
  const sign = (/** @type {string} */ status) => card().locator(`header [data-status="${status}"]`).waitFor();

  test('F8 opens it: the field has the focus, and what members get is told', async () => {
    await open(page(), 'today');
    await page().keyboard.press('F8');
    await page().getByRole('heading', { name: 'Members', level: 1 }).waitFor();
    await settled(page());
    assert.ok(await field().evaluate((one) => one === document.activeElement), 'nobody reaches for the mouse');
    await page().getByText('$12.00 a month').waitFor();
    assert.deepEqual(await looks(page(), 'counter'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
    await page().keyboard.press('Alt+1');
    await page().getByRole('heading', { name: 'Today', level: 1 }).waitFor();
    await page().keyboard.press('Alt+8');
    await page().getByRole('heading', { name: 'Members', level: 1 }).waitFor();
  });

  test('somebody is found while it is typed, by name, phone and card, and the arrow keys choose', async () => {
    await opened();
    await page().keyboard.type('exam');
    const options = page().getByRole('option');
    await until('several', async () => (await options.count()) > 3);
    assert.deepEqual(await looks(page(), 'found'), {});
    const marked = () => page().getByRole('option', { selected: true }).innerText();
    const first = await marked();
    await page().keyboard.press('ArrowDown');
    assert.notEqual(await marked(), first);
    await page().keyboard.press('ArrowUp');
    assert.equal(await marked(), first);
    await page().keyboard.press('Escape');
    assert.equal(await field().inputValue(), '');
    const ada = await find('ada example');
    for (const text of ['ada ex', '(555) 010-1000', '010-1000']) {
      await opened();
      await page().keyboard.type(text);
      await until(text, async () => (await options.allInnerTexts()).some((one) => one.includes('Ada Example')));
      await page().keyboard.press('Enter');
      await card().getByRole('heading', { name: 'Ada Example' }).waitFor();
      assert.match(page().url(), new RegExp(`id=${ada.id}$`), 'the address holds a number, no name');
    }
    await settled(page());
    assert.deepEqual(await looks(page(), 'card'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
  });

  test('Escape leads back to the field, and a key typed anywhere goes into it', async () => {
    await show('ada ex');
    await page().keyboard.press('Escape');
    await until('the field', () => field().evaluate((one) => one === document.activeElement));
    assert.equal(await card().count(), 0, 'the card is gone from the screen');
    await page().evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
    await page().keyboard.type('blake');
    await until('what was typed', async () => (await field().inputValue()) === 'blake');
  });

  test('somebody joins, by keyboard alone', async () => {
    await opened();
    await page().keyboard.type('Nova Newcomer');
    await page().getByText('Nobody here is found by that.').waitFor();
    assert.deepEqual(await looks(page(), 'nobody'), {});
    await press(/^Add somebody new/);
    assert.equal(await dialog().getByLabel('Name').inputValue(), 'Nova Newcomer', 'what was looked for is there');
    assert.deepEqual((await walkedThrough(page(), 'dialog[open]')).wrong, []);
    assert.deepEqual(await looks(page(), 'new'), {});
    await dialog().getByLabel('Phone').focus();
    await page().keyboard.type('(555) 010-7777');
    await page().keyboard.press('Tab');
    await page().keyboard.type('MC-777777');
    await tabTo(page(), /^Ember/);
    await page().keyboard.press('ArrowDown');
    await dialog().getByText('To take at the register: $12.00').waitFor();
    await tabTo(page(), /^Wants news/);
    await page().keyboard.press('Space');
    await agree('Paid: join');
    await card().getByRole('heading', { name: 'Nova Newcomer' }).waitFor();
    await sign('active');
    const nova = await find('MC-777777');
    const told = await shop.ask('member', { id: nova.id });
    assert.deepEqual([told.line.tier, told.consents.length, told.events[0].paid_minor], ['blaze', 1, 1_200]);
  });

  test('a change of tier is told in money to the day before it is pressed, and done exactly so', async () => {
    const { id } = await find('ada example');
    await show('ada ex');
    await press(/^Change tier/);
    await tabTo(page(), /^Ember ·/);
    await page().keyboard.press('ArrowDown');
    await dialog().getByRole('radio', { name: /^Blaze ·/, checked: true }).waitFor();
    await dialog().getByText('Everything goes on').or(dialog().getByText('the lower tier begins by itself')).first().waitFor();
    await dialog().getByRole('radio', { name: /^Today/ }).focus();
    await page().keyboard.press('Space');
    const asked = await shop.ask('member_preview', { id, action: 'downgrade', tier: 'blaze', effect: 'now' });
    assert.equal(asked.lines.length, 2);
    const dollars = (/** @type {number} */ minor) => `$${(minor / 100).toFixed(2)}`;
    const how = dialog().getByRole('table', { name: 'How it comes about' });
    for (const line of asked.lines) await how.getByText(`${line.days} of ${line.of_days} days`).first().waitFor();
    await how.getByText(dollars(asked.lines[0].amount_minor)).first().waitFor();
    await dialog().getByText('To take at the register').waitFor();
    await dialog().getByText(dollars(asked.credit_minor)).first().waitFor();
    assert.deepEqual(await looks(page(), 'change'), {});
    assert.deepEqual((await walkedThrough(page(), 'dialog[open]')).wrong, []);
    await agree('Change the tier');
    const told = await shop.ask('member', { id });
    assert.deepEqual([told.line.tier, told.credit_minor], ['blaze', asked.credit_minor], 'what was shown is what was done');
  });

  test('a pause and its end, leaving and staying after all', async () => {
    const { id } = await find('MC-777777');
    await show('MC-777777');
    await press(/^Pause/);
    assert.deepEqual(await looks(page(), 'pause'), {});
    await agree('Pause');
    await sign('paused');
    await card().getByText(/Paused until .* It goes on by itself/).waitFor();
    assert.deepEqual(await looks(page(), 'paused'), {});
    await press(/^Go on today/);
    await agree('Go on');
    await sign('active');
    await press(/^Cancel…/);
    await dialog().getByLabel('Why').selectOption('moved_away');
    assert.deepEqual(await looks(page(), 'cancel'), {});
    await agree('Cancel the membership');
    await card().getByText(/Cancelled. Everything goes on until/).waitFor();
    assert.ok((await shop.ask('member', { id })).ends_on, 'at the end of the period');
    assert.deepEqual(await looks(page(), 'leaving'), {});
    await press(/^Stay after all/);
    await agree('Stay');
    await card().getByText(/^Paid until/).first().waitFor();
    assert.equal((await shop.ask('member', { id })).ends_on, null);
    await page().getByRole('radio', { name: /^History/ }).check({ force: true });
    await card().getByRole('table', { name: 'History' }).getByText('Stays after all').waitFor();
    assert.deepEqual(await looks(page(), 'history'), {});
  });

  test('who is late is in the queue, and a payment takes him out of it', async () => {
    await opened('?part=late');
    const queue = page().getByRole('table', { name: 'Payments that are late' });
    await queue.getByText('Blake Example').waitFor();
    assert.deepEqual(await looks(page(), 'late'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
    await queue.getByRole('button', { name: 'Open Blake Example' }).focus();
    await page().keyboard.press('Enter');
    await card().getByText('To be paid').waitFor();
    await card().getByText(/The payment failed twice. Benefits go on until/).waitFor();
    assert.deepEqual(await looks(page(), 'grace'), {});
    await press(/^Take the payment/);
    await dialog().getByText('$12.00').first().waitFor();
    await agree('Paid');
    await sign('active');
    await opened('?part=late');
    await settled(page());
    assert.equal(await page().getByRole('button', { name: 'Open Blake Example' }).count(), 0);
  });

  test('the discount at the counter: what applies, why, and once', async () => {
    await show('MC-777777');
    await page().keyboard.press('Tab');
    const product = (await shop.ask('products', { search: '', show: 'all', location: null, sort: 'sold', descending: true, offset: 0, limit: 50 })).rows.find(
      (/** @type {any} */ row) => row.price_minor > 500 && !['Cigars & Tobacco', 'Disposable Vapes'].includes(row.category),
    );
    await tabTo(page(), /^Item$/);
    await page().keyboard.type(product.name);
    await page().getByRole('list', { name: 'Products found' }).getByRole('button').first().waitFor();
    await page().keyboard.press('Enter');
    const sale = page().getByRole('table', { name: 'The sale' });
    await sale.getByText(/Blaze 10%: It applies/).waitFor();
    await settled(page());
    assert.deepEqual(await looks(page(), 'sale'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
    await page().getByLabel('Number of the sale').fill('R-1');
    await page().getByRole('button', { name: 'Note that it was given' }).press('Enter');
    await page().getByText('Enter the discount of').waitFor();
    await page().getByRole('button', { name: 'Next sale' }).press('Enter');
    await page().getByLabel('Item').fill('Something');
    await page().getByLabel('Price of one').fill('10');
    await page().getByLabel('Price of one').press('Enter');
    await sale.getByText(/Blaze 10%/).waitFor();
    await page().getByLabel('Number of the sale').fill('R-1');
    await page().getByRole('button', { name: 'Note that it was given' }).press('Enter');
    await page().getByText('The discount of this sale was given already.').waitFor();
  });

  test('points: for a sale that has come in, spent, and never twice', async () => {
    const { id } = await find('MC-777777');
    const [payment] = await shop.ask('recent', { limit: 1 }).catch(() => shop.ask('payments', { from: null, to: null, limit: 1 }).then((all) => all.rows));
    assert.ok(payment?.id, 'a sale');
    await show('MC-777777');
    await page().getByRole('radio', { name: 'Points' }).check({ force: true });
    await page().getByRole('textbox', { name: 'Sale' }).fill(payment.id);
    await page().getByRole('button', { name: 'Give the points' }).press('Enter');
    const ledger = page().getByRole('table', { name: 'Ledger of points' });
    await ledger.getByText('Earned').waitFor();
    assert.ok((await shop.ask('member_points', { id })).balance > 0, 'the amount is that of the sale');
    await page().getByRole('textbox', { name: 'Sale' }).fill(payment.id);
    await page().getByRole('button', { name: 'Give the points' }).press('Enter');
    await page().getByText(/earned its points already/).waitFor();
    assert.deepEqual(await looks(page(), 'points'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
    await page().getByRole('radio', { name: 'Spend' }).check({ force: true });
    await page().getByLabel('For which sale').fill('R-2');
    await page().getByLabel('How many points').fill('999999');
    await page().getByRole('button', { name: 'Spend them' }).press('Enter');
    await page().getByText(/There are \d+ points/).waitFor();
  });

  test('consent stands apart, with its proof, and is taken back as easily', async () => {
    const { id } = await find('MC-777777');
    await show('MC-777777');
    await page().getByRole('radio', { name: 'Person' }).check({ force: true });
    await card().getByText('Wants them').waitFor();
    await card().getByRole('heading', { name: 'The record' }).waitFor();
    await settled(page());
    assert.deepEqual(await looks(page(), 'person'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
    await press(/^Take it back/);
    await agree('Said no');
    await card().getByText('Does not want them').waitFor();
    const told = await shop.ask('member', { id });
    assert.deepEqual([told.consents.length, told.line.status], [2, 'active'], 'both are kept, and the membership goes on');
  });

  test('two records of one person are merged, and it can be undone', async () => {
    const twin = await shop.ask('save_member', { name: 'Nova Twin', phone: '(555) 010-7777', anyway: true });
    await show('nova twin');
    await page().getByRole('radio', { name: 'Person' }).check({ force: true });
    await press(/^Merge…/);
    await dialog().getByLabel('The record that counts').fill('Nova New');
    await dialog().getByRole('radio', { name: /Nova Newcomer/ }).check();
    assert.deepEqual(await looks(page(), 'merge'), {});
    await agree('Merge');
    await card().getByRole('heading', { name: 'Nova Newcomer' }).waitFor();
    await page().getByRole('radio', { name: 'Person' }).check({ force: true });
    await page().getByRole('button', { name: /^Undo the merge of/ }).press('Enter');
    await until('two again', async () => (await shop.ask('member', { id: twin.line.id })).merged_into === null);
  });

  test('a person is erased, with its proof', async () => {
    const { line } = await shop.ask('save_member', { name: 'Erin Erased', phone: '(555) 010-8888' });
    await show('erin er');
    await page().getByRole('radio', { name: 'Person' }).check({ force: true });
    await press(/^Erase the person/);
    assert.ok(await dialog().getByRole('button', { name: 'Erase for good' }).isDisabled(), 'not by one slip');
    assert.deepEqual(await looks(page(), 'erase'), {});
    await dialog().getByLabel('Type ERASE').fill('erase');
    await dialog().getByRole('button', { name: 'Erase for good' }).press('Enter');
    await dialog().getByText('Erased.').waitFor();
    await dialog().getByText(/entry \d+ of the audit log|the day is kept with the record/).waitFor();
    await page().keyboard.press('Escape');
    await sign('erased');
    assert.deepEqual(await looks(page(), 'erased'), {});
    assert.deepEqual(await shop.ask('member_find', { text: 'erin erased' }), []);
    assert.equal((await shop.ask('member', { id: line.id })).line.name, '');
  });

  test('everybody, the figures, the tiers and the files', async () => {
    for (const [part, says, name] of /** @type {const} */ ([
      ['all', /Paid until/, 'everybody'],
      ['figures', /Who stays/, 'figures'],
      ['tiers', /What holds for all/, 'tiers'],
      ['files', /Bring members along/, 'files'],
    ])) {
      await opened(`?part=${part}`);
      await page().getByText(says).first().waitFor();
      await settled(page());
      assert.deepEqual(await looks(page(), name), {}, part);
      assert.deepEqual((await walkedThrough(page())).wrong, [], part);
    }
    await opened('?part=figures');
    await page().getByRole('radio', { name: '12 months' }).check({ force: true });
    const figures = await shop.ask('member_statistics', {});
    const bridge = page().getByRole('table', { name: /^What they bring in a month/ });
    await bridge.getByRole('row').last().getByText(new RegExp(`\\$${Math.trunc(figures.revenue.closing / 100).toLocaleString('en-US')}`)).waitFor();
    await settled(page());
    assert.deepEqual(await looks(page(), 'figures-year'), {});
  });

  test('a tier is made and closed', async () => {
    await opened('?part=tiers');
    await press(/^New tier/);
    await dialog().getByLabel('Name').fill('Spark');
    await dialog().getByRole('button', { name: 'Save' }).press('Enter');
    await dialog().getByText('The price is an amount such as 12.00.').waitFor();
    await dialog().getByLabel('Price').fill('2');
    await dialog().getByRole('button', { name: 'Add a discount' }).press('Enter');
    await dialog().getByLabel('Percent', { exact: true }).fill('2.5');
    assert.deepEqual(await looks(page(), 'tier'), {});
    assert.deepEqual((await walkedThrough(page(), 'dialog[open]')).wrong, []);
    await agree('Save');
    const spark = (await shop.ask('member_tiers')).find((/** @type {any} */ tier) => tier.name === 'Spark');
    assert.deepEqual([spark.price_minor, spark.discounts[0].basis_points], [200, 250]);
    await page().getByRole('button', { name: 'Close Spark' }).press('Enter');
    await agree('Close the tier');
    await page().getByText(/closed .* who has it keeps it/).waitFor();
  });

  test('a file is shown row by row before anything is taken in', async () => {
    await opened('?part=files');
    const before = (await shop.ask('members', { limit: 200 })).length;
    const rows = ['name,phone,email,tier', 'Ida Imported,555 010 9001,ida@example.com,', 'Ada Example,555 010 1000,,', 'Broken,12,,'];
    const file = { name: 'old-system.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) };
    await page().getByLabel('A CSV file whose first row names the columns').setInputFiles(file);
    await page().getByText(/1 new, 1 known already, 1 with a fault/).waitFor();
    assert.deepEqual(await looks(page(), 'import'), {});
    assert.equal((await shop.ask('members', { limit: 200 })).length, before, 'nothing is changed yet');
    await page().getByRole('button', { name: 'Take in 1 member' }).press('Enter');
    await page().getByText('1 member taken in').waitFor();
    assert.equal((await find('ida imported')).name, 'Ida Imported');
  });

  describe('what goes wrong', () => {
    test('the card of another member is told, and leads to that member', async () => {
      await opened();
      await press(/^New member/);
      await dialog().getByLabel('Name').fill('Oscar Other');
      await dialog().getByLabel('Member card').fill('mc 777777');
      await dialog().getByRole('button', { name: 'Paid: join' }).press('Enter');
      await dialog().getByText('This is the card of another member.').waitFor();
      assert.deepEqual(await looks(page(), 'card-taken'), {});
      await dialog().getByRole('button', { name: 'Show that member' }).press('Enter');
      await dialog().waitFor({ state: 'hidden' });
      await page().getByRole('option', { name: /Nova Newcomer/ }).waitFor();
      assert.deepEqual(await shop.ask('member_find', { text: 'oscar other' }), [], 'and nobody was added');
    });

    test('a phone number that is known asks whether it is somebody else', async () => {
      await opened();
      await press(/^New member/);
      await dialog().getByLabel('Name').fill('Sibling Newcomer');
      await dialog().getByLabel('Phone').fill('555-010-7777');
      await dialog().getByRole('radio', { name: /^Not a member yet/ }).check();
      await dialog().getByRole('button', { name: 'Add', exact: true }).press('Enter');
      await dialog().getByText(/is known already/).waitFor();
      await dialog().getByRole('checkbox', { name: /^It is another person/ }).check();
      await agree('Add');
      await sign('never');
      assert.deepEqual(await looks(page(), 'never'), {});
    });

    test('a membership that is over gives nothing, says why, and can be taken again', async () => {
      const over = (await shop.ask('members', { status: 'expired', limit: 1 }))[0];
      await opened(`?id=${over.id}`);
      await sign('expired');
      await card().getByText('No discount', { exact: true }).waitFor();
      await card().getByText(/No payment came, so the membership ended/).waitFor();
      await card().getByRole('button', { name: 'Join again…' }).waitFor();
      await page().getByLabel('Item').fill('Something');
      await page().getByLabel('Price of one').fill('10');
      await page().getByLabel('Price of one').press('Enter');
      await page().getByRole('table', { name: 'The sale' }).getByText('$10.00').first().waitFor();
      await settled(page());
      const priced = await shop.ask('member_discount', { id: over.id, lines: [{ id: '1', item: 'x', category: null, quantity_milli: 1000, unit_price_minor: 1000, unit_cost_minor: null }] });
      assert.equal(priced.discount_minor, 0);
      assert.deepEqual(await looks(page(), 'expired'), {});
    });

    test('a payment card and an ID are no way to find anybody, and nothing of them is kept', async () => {
      await opened();
      await field().fill('4111 1111 1111 1111');
      await page().getByText(/that is a payment card/).waitFor();
      assert.deepEqual(await looks(page(), 'payment-card'), {});
      await field().fill('@ANSI 636015090201DL DAQX0000 DCSEXAMPLE DBB01011990');
      await page().getByText(/barcode of an ID/).waitFor();
      await field().fill('');
    });

    test('a clock that was moved back is told, and nothing is written', async () => {
      const { id } = await find('MC-777777');
      const seen = (await shop.ask('member', { id })).seen;
      await alter(shop.dataDir, `UPDATE member_event SET day = day + 400 WHERE member = (SELECT pk FROM member WHERE id = '${id}') AND number = ${seen}`);
      await opened(`?id=${id}`);
      await press(/^Cancel…/);
      await dialog().getByText(/which is after today. Check the clock of this PC; nothing was changed/).waitFor();
      assert.ok(await dialog().getByRole('button', { name: 'Cancel the membership' }).isDisabled());
      assert.deepEqual(await looks(page(), 'clock-back'), {});
      await page().keyboard.press('Escape');
      await alter(shop.dataDir, `UPDATE member_event SET day = day - 400 WHERE member = (SELECT pk FROM member WHERE id = '${id}') AND number = ${seen}`);
      assert.equal((await shop.ask('member', { id })).seen, seen);
    });

    test('an engine that fails is told with its words and its code', async () => {
      await opened();
      const failure = { code: 'STORE_DISK', message: 'Local storage: the disk could not be read.', hint: 'Check the disk.', retryable: false };
      await page().route('**/rpc/member_find', (route) => route.fulfill({ status: 500, json: failure }));
      await page().keyboard.type('harper');
      await page().getByText('Code STORE_DISK').waitFor();
      assert.deepEqual(await looks(page(), 'failing'), {});
      await page().unroute('**/rpc/member_find');
    });
  });

  describe('with people', () => {
    const CLERK = { name: 'Cleo Clerk', role: 'clerk', pin: '90125' };
    const MANAGER = { name: 'Max Manager', role: 'manager', pin: '25802' };
    before(async () => {
      await shop.ask('save_person', { id: null, name: 'Olive Owner', role: 'owner', pin: '47115' });
    });

    const enter = async (/** @type {{ name: string, pin: string }} */ who) => {
      const { people } = await asThere('people');
      const person = people.find((/** @type {any} */ one) => one.name === who.name);
      await asThere('enter_pin', { id: person.id, pin: who.pin });
      await page().reload();
      await page().getByRole('heading', { level: 1 }).waitFor();
    };

    test('a clerk finds and serves; contacts are in part, and what is a manager’s is not there', async () => {
      await enter({ name: 'Olive Owner', pin: '47115' });
      for (const one of [CLERK, MANAGER]) await asThere('save_person', { id: null, ...one });
      await enter(CLERK);
      const links = await page().getByRole('navigation', { name: 'Screens' }).getByRole('link').allInnerTexts();
      assert.ok(links.some((text) => text.startsWith('Members')), 'the counter’s screen is a clerk’s too');
      await show('ada ex');
      assert.equal(await page().getByRole('radio', { name: /^(Late|Everybody|Figures|Tiers|Files)/ }).count(), 0);
      await card().getByText('The best deal of each line wins', { exact: false }).first().waitFor();
      assert.equal(await card().getByText('By hand, percent').count(), 0);
      assert.deepEqual(await looks(page(), 'clerk'), {});
      assert.deepEqual((await walkedThrough(page())).wrong, []);
      await page().getByRole('radio', { name: 'Person' }).check({ force: true });
      await card().getByText('… 1000').waitFor();
      assert.doesNotMatch(await page().content(), /010-1000|ada\.example@/, 'the rest of the number is nowhere');
      for (const name of [/^Merge/, /^Erase/, /^Link/]) assert.equal(await card().getByRole('button', { name }).count(), 0);
      assert.deepEqual(await looks(page(), 'clerk-person'), {});
      for (const name of ['members', 'member_statistics', 'member_customers']) {
        await assert.rejects(asThere(name, name === 'member_customers' ? { id: 'x' } : {}), /ROLE_NEEDED/, name);
      }
      // What is shown in part is not saved in place of the whole.
      await press(/^Change…/);
      await dialog().getByLabel('Name').fill('Ada Renamed');
      await agree('Save');
      await card().getByRole('heading', { name: 'Ada Renamed' }).waitFor();
    });

    test('points without a sale that has come in ask for a manager', async () => {
      await page().getByRole('radio', { name: 'Points' }).check({ force: true });
      assert.equal(await page().getByRole('radio', { name: 'By hand' }).count(), 0);
      await page().getByRole('textbox', { name: 'Sale' }).fill('NOPE');
      await page().getByLabel('Amount before tax').fill('50');
      await page().getByRole('button', { name: 'Give the points' }).press('Enter');
      await page().getByRole('dialog', { name: 'This needs a manager' }).waitFor();
      await page().keyboard.press('Escape');
      await page().getByText(/No sale of this number has come in/).waitFor();
      assert.deepEqual(await looks(page(), 'clerk-points'), {});
    });

    test('a manager sees the number whole, and it is as it was', async () => {
      await enter(MANAGER);
      await show('ada ren');
      await page().getByRole('radio', { name: 'Person' }).check({ force: true });
      await card().getByText('(555) 010-1000').waitFor();
      await opened('?part=tiers');
      await page().getByText('Only an owner changes them.').waitFor();
      assert.equal(await page().getByRole('button', { name: /^(New tier|Close|Change) / }).count(), 0);
      assert.deepEqual(await looks(page(), 'manager-tiers'), {});
      await opened('?part=files');
      await page().getByText('Bring members along').waitFor();
      assert.equal(await page().getByRole('button', { name: /^Save as CSV/ }).count(), 0, 'all names at once are an owner’s');
    });

    test('locked, nobody’s name is on the screen', async () => {
      await show('ada ren');
      await page().keyboard.press('Control+l');
      await page().getByRole('heading', { name: 'Who is at work?' }).waitFor();
      assert.doesNotMatch(await page().content(), /Ada Renamed|MC-\d{4}/);
      await assert.rejects(asThere('member_find', { text: 'ada' }), /LOCKED/);
    });
  });
});

describe('a shop without tiers', () => {
  /** @type {import('playwright-core').Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof openShop>>} */
  let shop;
  /** @type {Awaited<ReturnType<Awaited<ReturnType<typeof openShop>>['open']>>} */
  let at;
  before(async () => {
    process.env.BACKROOM_BUFFER_KEY = 'an invented text, long enough to seal a buffer';
    browser = await launch();
    shop = await openShop(browser, { payments: 0 });
    at = await shop.open();
  });
  after(async () => {
    await shop?.close();
    await browser?.close();
  });

  test('it says what is missing and where it is made, on every part', async () => {
    await open(at.page, 'members');
    await at.page.getByText('There is no tier that anybody can join yet.').waitFor();
    assert.deepEqual(await looks(at.page, 'none'), {});
    for (const [part, says] of /** @type {const} */ ([
      ['late', /Nobody owes a payment/],
      ['all', /Nobody is known here yet/],
      ['figures', /Nobody has joined yet/],
      ['tiers', /No tiers yet/],
    ])) {
      await open(at.page, `members?part=${part}`);
      await at.page.getByText(says).first().waitFor();
      await settled(at.page);
      assert.deepEqual(await looks(at.page, `none-${part}`), {}, part);
    }
  });
});
