// A raffle from the wizard to the certificate that others check, by keyboard alone, over a real engine and a real folder; what is
// refused on the way; and how every state of it looks.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT, programs } from '../lib/app.mjs';
import { choose, mark, press, reach, write } from '../lib/hands.mjs';
import { walkedThrough } from '../lib/keyboard.mjs';
import { SCHEMES, SIZES, faultsIn, open, pictures, resize, runsOff, settled } from '../lib/look.mjs';
import { launch, openShop } from '../lib/served.mjs';

/** @typedef {Awaited<ReturnType<Awaited<ReturnType<typeof openShop>>['open']>>} Served */
/** @typedef {import('playwright-core').Page} Page */

const run = promisify(execFile);
const DAY = 86_400;
const PHONES = ['555 010 0141', '555 010 0142', '555 010 0143', '555 010 0144', '555 010 0145', '555 010 0146'];

// Without a keychain the draw's secret is sealed with what is derived from this text.
process.env.BACKROOM_BUFFER_KEY = 'an invented text, long enough to seal a buffer';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof openShop>>} */
let shop;
/** @type {Served} */
let at;
const page = () => at.page;
const main = () => page().locator('main');

before(async () => {
  browser = await launch();
  shop = await openShop(browser);
  await mkdir(shop.dataDir, { recursive: true });
  // Nobody outside is asked for public randomness.
  await writeFile(path.join(shop.dataDir, 'config.toml'), '[store]\ntime_zone = "America/Chicago"\n\n[raffle]\nbeacon = []\n');
  at = await shop.open();
});
after(async () => {
  await shop?.close();
  await browser?.close();
});

/** What is wrong with the looks of a page, in both schemes and at the sizes it has to fit; and its pictures. */
async function looks(/** @type {string} */ name) {
  await settled(page());
  const /** @type {Record<string, string[]>} */ wrong = {};
  for (const scheme of SCHEMES) {
    const found = await faultsIn(page(), scheme);
    if (found.length > 0) wrong[scheme] = found;
    await pictures(page(), `raffles-${name}-${scheme}`);
  }
  await page().emulateMedia({ colorScheme: SCHEMES[0] });
  for (const size of SIZES) {
    await resize(page(), size);
    const found = await runsOff(page());
    if (found.length > 0) wrong[`${size.width} wide`] = found;
  }
  await resize(page());
  assert.deepEqual(wrong, {}, name);
}

/** The history of a raffle as if it had happened so much later, or earlier; the PC's clock stays. */
async function moved(/** @type {string} */ raffle, /** @type {number} */ seconds) {
  await shop.shut();
  await run('python3', [path.join(ROOT, 'tests/e2e/lib/raffle-clock.py'), shop.dataDir, raffle, String(seconds)]);
  at = await shop.open();
}

/** `MM/DD/YYYY`, so many days from the shop's today. */
async function day(/** @type {number} */ days) {
  const { today } = await at.ask('app_state');
  const [year, month, date] = new Date(Date.parse(`${today}T00:00:00Z`) + days * DAY * 1000)
    .toISOString()
    .slice(0, 10)
    .split('-');
  return `${month}/${date}/${year}`;
}

const told = () => at.ask('raffle', { id: 'winter-raffle' });

async function enter(/** @type {string} */ phone, /** @type {RegExp} */ way = /^button: Free entry/) {
  await write(page(), /^text: Phone number$/, phone);
  await mark(page(), /^checkbox: I looked/);
  await press(page(), way);
}

describe('a raffle by keyboard', () => {
  test('no raffle yet says what one is, and nobody has to guess what to press', async () => {
    await page().keyboard.press('F9');
    await page().getByRole('heading', { name: 'Raffles', level: 1 }).waitFor();
    await page().getByText('No raffle yet').waitFor();
    await looks('none');
    assert.deepEqual((await walkedThrough(page())).wrong, []);
  });

  test('the wizard keeps a draft with gaps and says what is missing, on which step', async () => {
    await press(page(), /^a: New raffle$/);
    await page().getByRole('heading', { name: 'New raffle' }).waitFor();
    await write(page(), /^text: Title/, 'Winter raffle');
    await looks('wizard-raffle');
    await press(page(), /^button: Next: When/);
    await write(page(), /^text: Opens on/, 'yesterday');
    await looks('wizard-when');
    await press(page(), /^button: Save the draft/);
    await page().getByText('Write a day like').waitFor();
    await write(page(), /^text: Opens on/, await day(-1));
    await press(page(), /^button: Next: Who/);
    await looks('wizard-who');
    await press(page(), /^button: Next: Prizes/);
    await page().getByRole('alert').filter({ hasText: 'Write amounts like' }).waitFor();
    await write(page(), /^text: What it is/, 'Hand-blown glass set');
    await write(page(), /^text: Worth, each/, '180');
    await press(page(), /^button: Add a prize/);
    const fields = page().getByLabel('What it is');
    assert.equal(await fields.count(), 2);
    await reach(page(), /^button: Remove prize 1/);
    await write(page(), /^text: What it is/, 'Gift card of the shop');
    await write(page(), /^text: Worth, each/, '50.00');
    await looks('wizard-prizes');
    await press(page(), /^button: Next: Entries/);
    await mark(page(), /^checkbox: A purchase brings an entry/);
    await looks('wizard-entries');
    await press(page(), /^button: Next: Small print/);
    await looks('wizard-words');
    await press(page(), /^button: Save the draft/);
    await page().getByRole('heading', { name: 'What keeps it from opening' }).waitFor();
    await looks('draft-gaps');
    assert.deepEqual((await walkedThrough(page())).wrong, []);
    assert.equal((await told()).phase, 'draft', 'what was written is kept');
  });

  test('the gaps lead to their steps; then it opens, frozen and hashed', async () => {
    await press(page(), /^a: The raffle:/);
    await write(page(), /^text: Shop that holds it/, 'Example Smoke');
    await write(page(), /^text: Its address/, '1 Example Street, Austin, TX');
    await write(page(), /^text: State it trades in/, 'tx');
    await choose(page(), /^radio: The raffle/, /^radio: Who/);
    await write(page(), /^text: States whose residents/, 'tx');
    await press(page(), /^button: Save the draft/);
    await page().getByRole('heading', { name: 'Ready to open' }).waitFor();
    await looks('draft-ready');
    await mark(page(), /^checkbox: The rules are as they shall stay/);
    await press(page(), /^button: Open the raffle/);
    await page().getByRole('heading', { name: 'Make an entry' }).waitFor();
    const { rules_hash, shared } = await told();
    assert.match(shared, /this PC alone/);
    await choose(page(), /^radio: Entries/, /^radio: Rules/);
    const shown = (await main().locator('.marks').innerText()).replace(/\s+/g, '');
    assert.ok(shown.includes(rules_hash), 'the hash on the screen is that of the frozen rules');
    await looks('rules');
  });

  test('what may still change is offered, and nothing else', async () => {
    await press(page(), /^button: Headline/);
    const dialog = page().getByRole('dialog');
    await dialog.waitFor();
    await write(page(), /^text: Headline/, 'Enter free at the counter');
    await press(page(), /^button: Save$/);
    await dialog.waitFor({ state: 'hidden' });
    const { document } = await told();
    assert.equal(JSON.parse(document).notice.headline, 'Enter free at the counter');
    const other = JSON.parse(document);
    other.rules.alternates = 9;
    await assert.rejects(at.ask('update_raffle', { document: JSON.stringify(other) }), /RAFFLE_FROZEN/);
  });

  test('entries: the free one has the same size of button; a second one on a day is refused and nothing is lost', async () => {
    await choose(page(), /^radio: (Rules|Entries)/, /^radio: Entries/);
    const ways = page().getByRole('group', { name: 'Ways to enter' }).getByRole('button');
    const sizes = await ways.evaluateAll((all) =>
      all.map((one) => `${one.getBoundingClientRect().width} × ${one.getBoundingClientRect().height}`),
    );
    assert.equal(sizes.length, 2, 'free, and with a purchase');
    assert.equal(new Set(sizes).size, 1, `one size for each way: ${sizes}`);
    await looks('entries');
    assert.deepEqual((await walkedThrough(page())).wrong, []);

    await press(page(), /^button: Free entry/);
    await page().getByText('Type the phone number').waitFor();
    await write(page(), /^text: Phone number$/, PHONES[0] ?? '');
    await page().keyboard.press('Enter');
    await page().getByText('Look at age and residence first').waitFor();
    assert.equal((await told()).statistics.made, 0, 'nobody enters who was not looked at');

    await enter(PHONES[0] ?? '');
    const dialog = page().getByRole('dialog', { name: 'The entry is made' });
    await dialog.getByText('No purchase necessary').waitFor();
    await looks('slip');
    await page().emulateMedia({ media: 'print' });
    assert.equal(await page().locator('.shell').isVisible(), false, 'paper has the slip alone');
    assert.ok(await dialog.getByText(/^Rules [0-9a-f]{64}$/).isVisible(), 'with the hash of the rules');
    await page().emulateMedia({ media: 'screen' });
    await page().keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });

    await enter('(555) 010-0141', /^button: With a purchase/);
    await page().getByText("This person has today's 1 entry").waitFor();
    assert.equal(await page().getByLabel('Phone number', { exact: true }).inputValue(), '(555) 010-0141', 'what was typed stays');
    await looks('entry-refused');
    for (const [index, phone] of PHONES.slice(1).entries()) {
      await enter(phone, index % 2 === 0 ? /^button: With a purchase/ : /^button: Free entry/);
      await dialog.waitFor();
      await page().keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    }
    assert.equal((await told()).statistics.counting, PHONES.length);
  });

  test('a customer’s tickets are found, one is made void with a reason', async () => {
    await write(page(), /^text: The customer’s phone number/, '+1 555 010 0146');
    await press(page(), /^button: Find the tickets/);
    await page().getByRole('table', { name: 'A customer’s tickets' }).waitFor();
    await looks('tickets');
    await press(page(), /^button: Make \S+ void/);
    const dialog = page().getByRole('dialog', { name: 'Make a ticket void' });
    await dialog.waitFor();
    await looks('void');
    assert.deepEqual((await walkedThrough(page(), 'dialog[open]')).wrong, []);
    await press(page(), /^button: Make it void/);
    await dialog.waitFor({ state: 'hidden' });
    await page().getByText('Void: Made twice').waitFor();
    const { statistics } = await told();
    assert.deepEqual([statistics.counting, statistics.void], [PHONES.length - 1, 1]);
  });

  test('before its time it is not closed, and the figures are the engine’s', async () => {
    await choose(page(), /^radio: Entries/, /^radio: Draw/);
    await page().getByText('Entries are still taken').waitFor();
    assert.equal(await page().getByRole('button', { name: 'Close the raffle' }).count(), 0, 'what cannot be done is not offered');
    await assert.rejects(at.ask('close_raffle', { id: 'winter-raffle' }), /RAFFLE_NOT_YET_OVER/);
    await looks('draw-early');
    await choose(page(), /^radio: Draw/, /^radio: Figures/);
    await page().getByRole('table', { name: 'By way in' }).waitFor();
    await looks('figures');
  });

  test('a clock that was set back stops everything and loses nothing', async () => {
    await moved('winter-raffle', 3 * DAY);
    await open(page(), 'raffles?id=winter-raffle&part=draw');
    await open(page(), 'raffles');
    await looks('list');
    const refused = at.ask('void_entry', {
      id: 'winter-raffle',
      entry: '0123456789ab-000001',
      reason: 'mistake',
    });
    await assert.rejects(refused, /RAFFLE_CLOCK_BACK.*Nothing was lost/s);
    await moved('winter-raffle', -40 * DAY);
    assert.equal((await told()).statistics.counting, PHONES.length - 1);
  });

  test('it is closed, sealed without a network, and told as such', async () => {
    await page().keyboard.press('F9');
    await page().getByText('Time is over').waitFor();
    await press(page(), /^a: Winter raffle/);
    await page().getByRole('heading', { name: 'The time to enter is over' }).waitFor();
    await looks('over');
    await press(page(), /^button: Close the raffle/);
    await page().getByRole('heading', { name: 'Seal the list' }).waitFor();
    await page().getByText('This shop asks no server').waitFor();
    await looks('seal');
    assert.deepEqual((await walkedThrough(page())).wrong, []);
    await press(page(), /^button: Seal the list of 5 entries/);
    await page()
      .getByRole('heading', { name: /5 entries sealed/ })
      .waitFor();
    await page().getByText('This draw uses no public randomness').first().waitFor();
    await looks('sealed');
  });

  test('the draw is an act that customers can watch, and it is made once', async () => {
    await press(page(), /^button: Show it to customers/);
    const stage = page().getByRole('dialog');
    const { acts } = await told();
    const shown = (await stage.locator('.hash').innerText()).replace(/\s+/g, '');
    assert.equal(shown, acts[0].seal_hash, 'what customers photograph is the seal');
    await looks('stage');
    assert.deepEqual((await walkedThrough(page(), 'dialog[open]')).wrong, []);
    assert.ok(await stage.getByRole('button', { name: 'Draw' }).isDisabled(), 'not by a slip of the finger');
    await write(page(), /^text: Type draw/, 'draw');
    await page().keyboard.press('Enter');
    await stage.getByRole('heading', { name: 'The winners' }).waitFor();
    const after = await told();
    for (const award of after.awards) await stage.getByLabel(`Ticket ${award.entry}`).waitFor();
    await looks('winners');
    await assert.rejects(at.ask('draw_raffle', { id: 'winter-raffle' }), /RAFFLE_ALREADY_DRAWN/);
    await page().keyboard.press('Escape');
    await stage.waitFor({ state: 'hidden' });
    await page().getByRole('table', { name: 'Prizes and winners' }).waitFor();
    await looks('drawn');
    assert.deepEqual((await told()).awards, after.awards, 'a second try changed nothing');
  });

  test('the certificate is saved, and three programs find that it holds', async () => {
    const folder = path.join(shop.dataDir, '..');
    async function saved(/** @type {RegExp} */ button) {
      const [file] = await Promise.all([page().waitForEvent('download'), press(page(), button)]);
      const place = path.join(folder, file.suggestedFilename());
      await file.saveAs(place);
      return place;
    }
    const certificate = await saved(/^button: Certificate of act 1 as a file/);
    const { acts } = await told();
    const ours = await run(programs.ctl, ['--json', 'raffle', 'verify', certificate, '--seal', acts[0].seal_hash]);
    assert.equal(JSON.parse(ours.stdout).holds, true);
    const theirs = await run('python3', [path.join(ROOT, 'tests/raffle/verify.py'), 'certificate', certificate]);
    const steps = Object.values(JSON.parse(theirs.stdout).steps);
    assert.ok(steps.length === 11 && steps.every((step) => step === 'holds'), theirs.stdout);
    const paper = await readFile(await saved(/^button: Certificate of act 1 as PDF/));
    assert.equal(paper.subarray(0, 5).toString(), '%PDF-', 'bytes, not their letters');
    assert.equal(paper.subarray(-6).toString().trim(), '%%EOF', 'to the last');
    const verifier = await saved(/^button: Save the verifier/);
    const other = await run('node', [path.join(ROOT, 'tests/raffle/page.mjs'), verifier, 'certificate', certificate]);
    const found = Object.values(JSON.parse(other.stdout).steps);
    assert.ok(found.length === 11 && found.every((step) => step === 'holds'), other.stdout);
  });

  test('a prize is handed out against the slip; another is forfeited until nobody is left, and drawn for again', async () => {
    const before = await told();
    await press(page(), /^button: Hand out p1\/1/);
    const dialog = page().getByRole('dialog');
    await write(page(), /^text: Number on the winner/, before.awards[1].entry);
    await mark(page(), /^checkbox: I looked at age/);
    await press(page(), /^button: Hand it out/);
    await dialog.getByText('did not win the prize').waitFor();
    await looks('claim-refused');
    await write(page(), /^text: Number on the winner/, before.awards[0].entry.slice(-6));
    await press(page(), /^button: Hand it out/);
    await dialog.waitFor({ state: 'hidden' });
    for (let left = 4; left > 0 && (await told()).awards[1].state === 'pending'; left -= 1) {
      await press(page(), /^button: Forfeit p2\/1/);
      await dialog.waitFor();
      if (left === 4) await looks('forfeit');
      const kept = (await told()).awards[1].entry;
      await press(page(), /^button: Forfeit$/);
      await dialog.waitFor({ state: 'hidden' });
      assert.notEqual((await told()).awards[1].entry, kept, 'the next alternate moves up');
    }
    assert.equal((await told()).awards[1].state, 'left_over');
    await press(page(), /^button: Prepare a further act/);
    await press(page(), /^button: Seal a further act/);
    await page().getByText('it will stand in the certificate').first().waitFor();
    await looks('further');
    await assert.rejects(at.ask('seal_raffle', { id: 'winter-raffle' }), /RAFFLE_NEEDS_REASON/);
    assert.equal((await told()).acts.length, 1, 'without a reason there is no further act');
  });

  test('a raffle that is called off lists what is owed, and when it was given back', async () => {
    const { document } = await told();
    const { rules } = JSON.parse(document);
    const time = (/** @type {number} */ days) => new Date(Math.floor(Date.now() / 1000) * 1000 + days * DAY * 1000).toISOString();
    const paid = {
      ...rules,
      id: 'charity',
      title: 'Charity raffle',
      sponsor: { ...rules.sponsor, for_profit: false },
      opens_at: time(-1),
      closes_at: time(20),
      paid_entry: {
        price: { minor: 500, currency: 'USD' },
        legal_basis: {
          law: 'Invented Raffle Act 1',
          permit: '',
          recorded_at: time(-1),
        },
      },
    };
    await at.ask('create_raffle', {
      document: JSON.stringify({ rules: paid }),
    });
    await open(page(), 'raffles?id=charity');
    await page().getByRole('list', { name: 'What the owner must know' }).waitFor();
    await looks('warnings');
    await mark(page(), /^checkbox: I have read this/);
    await mark(page(), /^checkbox: The rules are as they shall stay/);
    await press(page(), /^button: Open the raffle/);
    await page().getByRole('heading', { name: 'Make an entry' }).waitFor();
    const ways = page().getByRole('group', { name: 'Ways to enter' }).getByRole('button');
    const sizes = await ways.evaluateAll((all) =>
      all.map((one) => `${one.getBoundingClientRect().width} × ${one.getBoundingClientRect().height}`),
    );
    assert.deepEqual([sizes.length, new Set(sizes).size], [3, 1], `one size for each of three ways: ${sizes}`);
    await enter(PHONES[0] ?? '', /^button: Paid entry/);
    await page().getByRole('dialog').waitFor();
    await page().keyboard.press('Escape');
    await press(page(), /^button: Call it off/);
    const dialog = page().getByRole('dialog', { name: 'Call it off' });
    await press(page(), /^button: Call it off$/);
    await dialog.getByText('Say why').waitFor();
    await looks('cancel');
    await write(page(), /^text: Why/, 'The hall burnt down.');
    await press(page(), /^button: Call it off$/);
    await dialog.waitFor({ state: 'hidden' });
    await page().getByRole('table', { name: 'Money to give back' }).getByText('$5.00').waitFor();
    await looks('cancelled');
    await press(page(), /^button: Given back for/);
    await page().getByRole('table', { name: 'Money to give back' }).waitFor({ state: 'hidden' });
    await assert.rejects(at.ask('create_raffle', { document: JSON.stringify({ rules: paid }) }), /RAFFLE_NAME_TAKEN/);
  });

  test('a raffle that is not there says so, and an engine that is gone loses nothing that was typed', async () => {
    await open(page(), 'raffles?id=nothing');
    await page().getByText('There is no such raffle').waitFor();
    await looks('unknown');
    await open(page(), 'raffles?new=1');
    await write(page(), /^text: Title/, 'Typed before the fault');
    await choose(page(), /^radio: The raffle/, /^radio: Prizes/);
    await write(page(), /^text: Worth, each/, '10');
    await page().route('**/rpc/create_raffle', (route) => route.abort());
    await press(page(), /^button: Save the draft/);
    await page().getByText('ENGINE_UNREACHABLE').waitFor();
    await looks('failing');
    await page().unroute('**/rpc/create_raffle');
    await press(page(), /^button: Save the draft/);
    await page().getByRole('heading', { name: 'Typed before the fault' }).waitFor();
  });

  test('a clerk is offered what a clerk may do, and the engine refuses the rest', async () => {
    const seat = await page().evaluate(() => localStorage.getItem('backroom.seat') ?? '');
    for (const [name, role, pin] of [
      ['Olive Owner', 'owner', '4711'],
      ['Cleo Clerk', 'clerk', '90125'],
    ]) {
      await at.ask('save_person', { id: null, name, role, pin }, seat);
    }
    await page().keyboard.press('Control+l');
    await page().getByRole('heading', { name: 'Who is at work?' }).waitFor();
    await reach(page(), /Cleo Clerk/);
    await page().keyboard.press('Enter');
    await page().getByLabel('PIN', { exact: true }).waitFor();
    await page().keyboard.type('90125');
    await page().keyboard.press('Enter');
    await page().getByRole('navigation', { name: 'Screens' }).waitFor();
    await page().keyboard.press('F9');
    await page().getByRole('table', { name: 'Raffles' }).waitFor();
    assert.equal(await page().getByRole('link', { name: 'New raffle' }).count(), 0);
    await press(page(), /^a: Winter raffle/);
    await page().getByRole('table', { name: 'Prizes and winners' }).waitFor();
    await looks('clerk');
    const offered = await main().getByRole('button').allInnerTexts();
    for (const word of [/Hand out/, /Forfeit/, /Certificate/, /Headline/, /Call it off/, /Draw/, /further act/]) {
      assert.ok(!offered.some((text) => word.test(text)), `${word} is not offered: ${offered.join(', ')}`);
    }
    await assert.rejects(at.ask('draw_raffle', { id: 'winter-raffle' }, seat), /ROLE_NEEDED/);
  });
});
