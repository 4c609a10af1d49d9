// ID checks with a scanner that types like a keyboard: a scan lands on the ID check wherever the focus is and nowhere else, the
// verdict is seen, said and heard, nothing of a card stays, and whatever goes wrong is no permission.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { walkedThrough } from '../lib/keyboard.mjs';
import { SCHEMES, SIZES, faultsIn, open, pictures, resize, runsOff, settled } from '../lib/look.mjs';
import { TRACES, away, card, scan, tailOver } from '../lib/scanner.mjs';
import { openBrowser } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

/** @typedef {import('playwright-core').Page} Page */

const OF_AGE = card({ birth: away(-35) });
const CHILD = card({ birth: away(-19) });
/** Issued by Texas, and says that its holder lives elsewhere. */
const OTHER_STATE = OF_AGE.replace('DAJTX', 'DAJCA');

describe('ID checks', () => {
  /** @type {Awaited<ReturnType<typeof openBrowser>>} */
  let shop;
  const page = () => shop.page;
  const /** @type {string[]} */ said = [];
  before(async () => {
    shop = await openBrowser({ payments: 1_000 });
    await until('the first sync', async () => (await shop.ask('app_state')).filling === null, 60_000);
    const settings = await shop.ask('age_settings');
    await shop.ask('save_age_settings', { ...settings, state: 'TX' });
    page().setDefaultTimeout(10_000);
    page().on('console', (message) => said.push(message.text()));
    await page().evaluate(() => {
      const tones = (/** @type {any} */ (globalThis).tones = []);
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (...when) {
        tones.push(`${this.type} ${this.frequency.value}`);
        return start.apply(this, when);
      };
    });
  });
  after(() => shop?.close());

  const verdict = () => page().getByRole('region', { name: 'Verdict' });
  const says = (/** @type {RegExp} */ words) => verdict().getByText(words).first().waitFor();
  const shape = () => verdict().locator('[data-shape]').getAttribute('data-shape');
  const opened = async () => {
    await page().evaluate(() => (location.hash = '#/age'));
    await page().getByRole('heading', { name: 'ID check', level: 1 }).waitFor();
    await page().getByRole('radio', { name: /Tobacco/ }).waitFor();
    await settled(page());
  };
  /** Ends what is shown; after a scan its tail may still come, and until then no key is a person’s. */
  const cleared = async () => {
    await until('the stage is clear', async () => {
      await page().keyboard.press('Escape');
      return verdict().getByText('Scan an ID', { exact: true }).isVisible();
    });
  };
  const heard = () => page().evaluate(() => /** @type {any} */ (globalThis).tones.splice(0));

  /** Whatever of a card is left anywhere that a page can reach. */
  const traces = async () => {
    const held = await page().evaluate(() =>
      JSON.stringify([
        document.documentElement.outerHTML,
        [...document.querySelectorAll('input, textarea')].map((one) => /** @type {HTMLInputElement} */ (one).value),
        Object.entries(localStorage),
        Object.entries(sessionStorage),
        document.cookie,
        document.title,
        location.href,
        JSON.stringify(history.state),
        performance.getEntriesByType('resource').map(({ name }) => name),
      ]),
    );
    const all = `${held} ${said.join(' ')}`.toUpperCase();
    return TRACES.filter((trace) => all.includes(trace));
  };

  /** What is wrong with the looks of what is shown, and its pictures. */
  async function looks(/** @type {string} */ name) {
    const /** @type {Record<string, string[]>} */ wrong = {};
    for (const scheme of SCHEMES) {
      const found = await faultsIn(page(), scheme);
      if (found.length > 0) wrong[scheme] = found;
      await pictures(page(), `age-${name}-${scheme}`);
    }
    await page().emulateMedia({ colorScheme: SCHEMES[0] });
    for (const size of SIZES) {
      await resize(page(), size);
      const found = await runsOff(page());
      if (found.length > 0) wrong[`${size.width} wide`] = found;
    }
    await resize(page());
    return wrong;
  }

  test('F7 opens it, and it waits for a card', async () => {
    await open(page(), 'today');
    await page().keyboard.press('F7');
    await page().getByRole('heading', { name: 'ID check', level: 1 }).waitFor();
    await page().getByRole('radio', { name: /Tobacco/ }).waitFor();
    await settled(page());
    assert.equal(await shape(), 'none');
    assert.deepEqual(await looks('ready'), {});
    assert.deepEqual((await walkedThrough(page())).wrong, []);
  });

  const cards = /** @type {const} */ ([
    ['of age', OF_AGE, 'green', /^OK to sell$/i, /Old enough/],
    ['too young', CHILD, 'red', /^Do not sell$/i, /Not old enough/],
    ['expired', card({ birth: away(-35), expires: away(0, -40) }), 'red', /^Do not sell$/i, /expired/],
    ['half a scan', OF_AGE.slice(0, 90), 'amber', /^Look at the card$/i, /Only a part of the barcode came/],
    ['two cards at once', OF_AGE + CHILD, 'amber', /^Look at the card$/i, /Two scans came at once/],
    ['a birth date to come', card({ birth: away(1) }), 'amber', /^Look at the card$/i, /birth date lies in the future/],
    ['a QR code', 'https://example.com/menu', 'amber', /^Look at the card$/i, /another code, such as a QR code/],
    ['a product', '0123456789012', 'amber', /^Look at the card$/i, /barcode of digits, as on a product/],
    ['a magnetic stripe', '%TXAUSTIN^DOE$JANE^?;636015X1=310219850228?', 'amber', /^Look at the card$/i, /the magnetic stripe/],
    ['somebody who types as fast as a scanner', 'asdfghjklasdf\n', 'amber', /^Look at the card$/i, /typed, not scanned/],
    ['a card with a sign', OTHER_STATE, 'amber', /^Look at the card$/i, /asks for a look/],
  ]);
  const /** @type {Map<string, string>} */ sounds = new Map();
  for (const [name, text, colour, word, reason] of cards) {
    test(`${name}: ${colour}, by word, shape and sound`, async () => {
      await opened();
      await cleared();
      await heard();
      await scan(page(), text);
      await says(word);
      await says(reason);
      assert.equal(await shape(), colour);
      // Where it had to be scanned again it sounds again.
      const sound = [...new Set(await heard())].join(', ');
      assert.notEqual(sound, '', 'it is heard');
      assert.equal(sounds.get(colour) ?? sound, sound, 'each colour always sounds alike');
      sounds.set(colour, sound);
      const large = await verdict()
        .getByText(word)
        .first()
        .evaluate((one) => parseFloat(getComputedStyle(one).fontSize));
      assert.ok(large >= 64, `${large} points are not read from two metres`);
      assert.deepEqual(await traces(), [], 'nothing of the card is anywhere');
      // What is shown goes by itself: looking at it in every size takes longer than that.
      if (name === 'a card with a sign') {
        await verdict().getByText('Sign, no proof').first().waitFor();
        await pictures(page(), 'age-sign-light');
      }
      if (name === 'of age') {
        await verdict().getByText('35', { exact: true }).waitFor();
        await pictures(page(), 'age-green-light');
      }
    });
  }
  test('each colour has a sound of its own', () => assert.equal(new Set(sounds.values()).size, 3));

  test('a verdict has no fault that axe finds, in any colour and size', async () => {
    await page().evaluate(() => {
      const later = globalThis.setTimeout;
      // Whoever looks at it in every size needs longer than a customer.
      globalThis.setTimeout = /** @type {any} */ ((/** @type {any} */ what, /** @type {number} */ after) => (after === 12_000 ? 0 : later(what, after)));
    });
    for (const [name, text] of /** @type {const} */ ([
      ['green', OF_AGE],
      ['red', CHILD],
      ['amber', OF_AGE.slice(0, 90)],
    ])) {
      await opened();
      await cleared();
      await scan(page(), text);
      await until(name, async () => (await shape()) === name);
      assert.deepEqual(await looks(name), {}, name);
      assert.equal(await shape(), name, 'it stood while it was looked at');
    }
    await page().reload();
    await page().getByRole('heading', { name: 'ID check', level: 1 }).waitFor();
  });

  for (const each of [1, 12, 35]) {
    test(`a scan of ${each} ms a key while a field of another screen has the focus leaves the field as it was`, async () => {
      await open(page(), 'products');
      const field = page().getByRole('searchbox');
      await field.fill('pod');
      const /** @type {string[]} */ values = [];
      await page().exposeFunction(`told${each}`, (/** @type {string} */ value) => values.push(value));
      await field.evaluate((one, name) => {
        one.addEventListener('input', () => /** @type {any} */ (globalThis)[name](/** @type {HTMLInputElement} */ (one).value));
        one.addEventListener('keydown', (event) => /** @type {any} */ (globalThis)[name](/** @type {KeyboardEvent} */ (event).key));
      }, `told${each}`);
      await scan(page(), OF_AGE, { each });
      await says(/^OK to sell$/i);
      assert.equal(await page().title(), 'ID check – Backroom');
      assert.deepEqual(values, [], 'not a key of it reached the field');
      assert.deepEqual(await traces(), []);
      await page().goBack();
      await page().getByRole('heading', { name: 'Products', level: 1 }).waitFor();
    });
  }

  test('typing is not taken for a scan: every letter arrives, in order, on every screen', async () => {
    await tailOver(page());
    for (const [screen, find] of /** @type {const} */ ([
      ['products', () => page().getByRole('searchbox')],
      ['age', () => page().getByLabel('Born')],
    ])) {
      if (screen === 'age') await opened();
      else await open(page(), screen);
      const field = find();
      for (const words of ['ansi a', '@home', '50% off;', 'aamva 12']) {
        await field.fill('');
        await field.focus();
        await page().keyboard.type(words, { delay: 90 });
        await until(`“${words}” in ${screen}`, async () => (await field.inputValue()) === words.slice(0, 12));
      }
    }
    await open(page(), 'products');
    await page().locator('main').focus();
    await page().keyboard.press('/');
    await page().keyboard.type('@');
    await until('the sign that was held back', async () => (await page().getByRole('searchbox').inputValue()) === '@');
    assert.equal(await page().title(), 'Products – Backroom');
    await page().getByRole('searchbox').fill('');
  });

  test('no key inside a scan does anything else: neither Enter nor Tab, no F-key, no Ctrl', async () => {
    await open(page(), 'sync');
    const button = page().getByRole('button', { name: 'Send now' });
    await button.focus();
    let pressed = 0;
    await page().exposeFunction('pressed', () => (pressed += 1));
    await button.evaluate((one) => one.addEventListener('click', () => /** @type {any} */ (globalThis).pressed()));
    // RS is Ctrl+^ and the form feed Ctrl+L, which would lock; a tab and an Enter part elements.
    await scan(page(), OF_AGE.replace('DCSSAMPLE\n', 'DCSSAMPLE\n\u000c').replaceAll('DDFN\n', 'DDFN\t\n'));
    await until('an answer', async () => (await shape()) !== 'none');
    assert.equal(pressed, 0, 'no button was pressed');
    assert.equal(await page().title(), 'ID check – Backroom');
  });

  test('with Caps Lock on, and as half a keyboard loses it', async () => {
    await opened();
    const inverted = [...OF_AGE].map((one) => (one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase())).join('');
    for (const text of [inverted, OF_AGE.replaceAll('\u001e', ''), OF_AGE.replaceAll(/[\n\r\u001e]/g, '')]) {
      await cleared();
      await scan(page(), text);
      await says(/^OK to sell$/i);
    }
  });

  test('a prefix and a suffix that the scanner is set to', async () => {
    const settings = await shop.ask('age_settings');
    await shop.ask('save_age_settings', { ...settings, scanner_prefix: '~ID>', scanner_suffix: '#END' });
    await page().reload();
    await opened();
    await scan(page(), `~ID>${OF_AGE}#END`);
    await says(/^OK to sell$/i);
    await shop.ask('save_age_settings', settings);
    await page().reload();
    await opened();
  });

  test('it clears itself, or with any key, or with the next scan', async () => {
    await page().clock.install();
    await page().reload();
    await opened();
    // Time passes here when the test says so, however slow the machine is.
    await page().clock.pauseAt(new Date(Date.now() + 60_000));
    const passes = (/** @type {number} */ milliseconds) => page().clock.runFor(milliseconds);
    const scanned = async (/** @type {string} */ text, /** @type {RegExp} */ word, /** @type {number | undefined} */ within) => {
      await scan(page(), text, { each: 1, within: within ?? 700 });
      await passes(400);
      await says(word);
    };
    await scanned(OF_AGE, /^OK to sell$/i, 0);
    await passes(11_900);
    assert.equal(await shape(), 'green', 'twelve seconds have not passed');
    await passes(200);
    await says(/^Scan an ID$/);
    await scanned(OF_AGE, /^OK to sell$/i);
    await passes(1_000);
    await scanned(CHILD, /^Do not sell$/i);
    await passes(3_000);
    await tailOver(page());
    await page().keyboard.press('x');
    // A key that might begin a scan is held back for a moment.
    await passes(200);
    await says(/^Scan an ID$/);
    await page().clock.resume();
  });

  test('a second card right after the first is the one that is answered', async () => {
    await page().reload();
    await opened();
    for (const within of [160, 300, 480]) {
      await cleared();
      await scan(page(), OF_AGE);
      await scan(page(), CHILD, { within });
      await says(/^Do not sell$/i);
      assert.equal(await shape(), 'red', `${within} ms after the first`);
    }
    await cleared();
    // A person types while a verdict stands: it goes where it is typed.
    await scan(page(), OF_AGE);
    await says(/^OK to sell$/i);
    await tailOver(page());
    const field = page().getByLabel('Born');
    await field.focus();
    await page().keyboard.type('02/28/1990', { delay: 60 });
    await until('what was typed', async () => (await field.inputValue()) === '02/28/1990');
    await field.fill('');
  });

  test('what fails is no permission, and so is no answer', async () => {
    await page().reload();
    await opened();
    await page().route('**/rpc/age_check', (route) => route.abort());
    await scan(page(), OF_AGE);
    await says(/^Look at the card$/i);
    await says(/Nothing was checked/);
    assert.equal(await shape(), 'amber');
    assert.deepEqual(await traces(), []);
    await page().unroute('**/rpc/age_check');
    await cleared();
    let answer = () => {};
    await page().route('**/rpc/age_check', async (route) => {
      await new Promise((done) => (answer = () => done(undefined)));
      await route.continue();
    });
    await scan(page(), OF_AGE);
    await says(/^Wait$/i);
    await says(/Do not sell yet/);
    await says(/No answer came/);
    answer();
    await page().waitForResponse('**/rpc/age_check');
    assert.equal(await shape(), 'amber', 'an answer that comes too late is of nobody’s card');
    await page().unroute('**/rpc/age_check');
    await cleared();
  });

  test('number keys choose what is sold', async () => {
    await opened();
    await cleared();
    await page().locator('main').focus();
    for (const [key, name] of /** @type {const} */ ([
      ['2', /Vapor/],
      ['4', /Accessories/],
      ['1', /Tobacco/],
    ])) {
      await page().keyboard.press(key);
      await until(`${name}`, () => page().getByRole('radio', { name }).isChecked());
    }
  });

  test('by hand, and once more with a reason', async () => {
    await opened();
    await page().getByLabel('Document').selectOption('passport');
    await page().getByLabel('Born').fill('02/30/1990');
    await page().getByRole('button', { name: 'Check what was typed' }).click();
    await page().getByText('Write the birth date like').waitFor();
    const day = away(-40);
    await page().getByLabel('Born').fill(`${day.slice(5, 7)}/${day.slice(8)}/${day.slice(0, 4)}`);
    await page().getByLabel('Expires').fill(away(2));
    await page().getByLabel('Expires').press('Enter');
    await until('a verdict', async () => (await shape()) !== 'none');
    assert.equal(await page().getByLabel('Born').inputValue(), '', 'what was typed does not stay');
    await page().locator('main').focus();
    await page().keyboard.press('r');
    await page().getByRole('heading', { name: /repeats the last one/ }).waitFor();
    assert.deepEqual(await looks('repeat'), {});
    await page().getByRole('button', { name: 'Photo compared' }).click();
    await scan(page(), OF_AGE);
    await says(/^OK to sell$/i);
    const [line] = await shop.ask('age_checks', {});
    assert.equal(line.resubmit_reason, 'Photo compared');
    assert.ok(line.resubmits, 'the check that it repeats is named');
  });

  test('the printed test card is known, and the test is kept', async () => {
    await opened();
    await cleared();
    await page().getByRole('button', { name: /Test card/ }).click();
    const dialog = page().getByRole('dialog');
    await dialog.getByRole('button', { name: 'Print' }).waitFor();
    await until('the barcode', () => dialog.getByRole('button', { name: 'Print' }).isEnabled());
    const dark = await dialog.locator('canvas').evaluate((one) => {
      const canvas = /** @type {HTMLCanvasElement} */ (one);
      const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return [...data].filter((_, index) => index % 4 === 0 && data[index] < 100 && data[index + 3] > 200).length / (data.length / 4);
    });
    assert.ok(dark > 0.2 && dark < 0.8, `${dark} of it is dark: no barcode`);
    assert.deepEqual(await looks('test-card'), {});
    const { text } = await shop.ask('age_test_card');
    await scan(page(), text);
    await says(/test card/i);
    assert.equal(await shape(), 'amber', 'it is good for no sale');
    await page().getByText(/scanner tested\s+just now/).waitFor();
  });

  test('what is kept, the rules, the list, the trainings and the settings have no fault', async () => {
    for (const [part, waits] of /** @type {const} */ ([
      ['Rules', () => page().getByRole('table', { name: 'Minimum ages' })],
      ['Records', () => page().getByRole('table', { name: 'Kept verdicts' })],
      ['List', () => page().getByRole('heading', { name: 'This shop’s list' })],
      ['Trainings', () => page().getByRole('heading', { name: 'Trainings' })],
      ['Settings', () => page().getByLabel('State or province of the shop')],
    ])) {
      await opened();
      await page().getByRole('radio', { name: part, exact: true }).check();
      await waits().waitFor();
      await settled(page());
      assert.deepEqual(await looks(part.toLowerCase()), {}, part);
      assert.deepEqual((await walkedThrough(page())).wrong, [], part);
    }
    assert.deepEqual(await traces(), []);
  });

  test('coverage explains itself, goods are sorted, and an inspector gets a paper and a table', async () => {
    await opened();
    await page().getByRole('radio', { name: 'Records', exact: true }).check();
    const part = page().getByRole('region', { name: 'Checks against sales' });
    await part.getByText(/sales of goods that need one/).waitFor();
    await part.getByText('Why?').click();
    await part.getByText(/a refused one led to no sale/).waitFor();
    const rows = part.getByRole('table', { name: 'Goods' }).getByRole('row');
    const before = await shop.ask('age_statistics', {});
    assert.equal(await rows.count(), before.coverage.goods.length + 1);
    assert.deepEqual(await looks('coverage'), {});

    await page().getByRole('radio', { name: 'Settings', exact: true }).check();
    const goods = page().getByRole('table', { name: 'Which goods' });
    const first = goods.getByRole('combobox').first();
    const name = String(await first.getAttribute('aria-label'));
    await first.selectOption('free');
    await page().getByRole('button', { name: 'Save the goods' }).click();
    await until('it is kept', async () =>
      (await shop.ask('age_goods')).some((/** @type {any} */ one) => name.includes(one.name) && one.needs === 'free'),
    );
    assert.deepEqual(await looks('goods'), {});

    await page().getByRole('radio', { name: 'Records', exact: true }).check();
    const [paper, table] = [page().waitForEvent('download', (one) => one.suggestedFilename().endsWith('.pdf')), page().waitForEvent('download', (one) => one.suggestedFilename().endsWith('.csv'))];
    await page().getByRole('button', { name: 'Make the record' }).click();
    await page().getByText('as it was written').waitFor();
    await page().getByRole('button', { name: 'Save the PDF' }).click();
    await page().getByRole('button', { name: 'Save the table' }).click();
    const files = await Promise.all([paper, table].map(async (one) => readFile(await (await one).path())));
    assert.equal(files[0]?.subarray(0, 5).toString(), '%PDF-');
    assert.match(String(files[1]), /^part,id,at,day,/);
    const told = createHash('sha256').update(files[1] ?? '').digest('hex');
    await page().getByText(told).waitFor();
    assert.deepEqual(await looks('record'), {});
    assert.ok(!TRACES.some((trace) => files.join('').includes(trace)), 'nothing of a card is in them');
  });

  test('an owner allows hashes, puts a card on the list, and it is refused until it is lifted', async () => {
    await opened();
    await page().getByRole('radio', { name: 'Settings', exact: true }).check();
    // In Texas nothing of a card may be kept.
    await page().getByLabel('State or province of the shop').selectOption('OH');
    await page().getByLabel('Keep keyed hashes of cards').check();
    await page().getByRole('button', { name: 'Save', exact: true }).click();
    await page().getByText('Saved', { exact: true }).waitFor();
    await page().getByRole('radio', { name: 'List', exact: true }).check();
    await page().getByLabel('Why', { exact: true }).fill('Handed goods on outside');
    await page().getByRole('button', { name: /scan the card/ }).click();
    await says(/Scan the card for the list/);
    await scan(page(), OF_AGE);
    await says(/On the list/);
    await cleared();
    await scan(page(), OF_AGE);
    await says(/^Do not sell$/i);
    await says(/this shop's list/i);
    await page().evaluate(() => (location.hash = '#/age?part=list'));
    await page().getByRole('button', { name: 'Lift: Handed goods on outside' }).click();
    await page().getByRole('dialog').getByRole('button', { name: 'Lift', exact: true }).click();
    await page().getByText('Nobody is on it.').waitFor();
    assert.deepEqual(await traces(), []);
  });
});
