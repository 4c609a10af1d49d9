// The page by which a vendor comes back, in a real browser: what it hands on to Backroom and what it does not, and that neither the
// address bar nor a server learns of it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../lib/app.mjs';
import { SCHEMES, SIZES, faultsIn, pictures, resize, runsOff } from '../lib/look.mjs';
import { launch } from '../lib/served.mjs';
import { until } from '../lib/until.mjs';

const FILE = await readFile(path.join(ROOT, 'ui/connect/connected.html'), 'utf8');
const AT = 'https://backroom.example.com/connected.html';
const CODE = 'sq0cgp-AbC_123.~';
const STATE = 'c3RhdGUtb2YtYS1zaWduLWlu';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Opens the page as a vendor does, and takes note of all that it asks for and of everywhere it goes. */
async function comeBack(/** @type {string} */ query) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US' });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const /** @type {string[]} */ asked = [];
  const /** @type {string[]} */ went = [];
  const /** @type {string[]} */ said = [];
  // That it wants a person's own click before it opens another program, the browser says itself.
  page.on('console', (message) => message.text().startsWith('Not allowed to launch') || said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  await context.route('**', (route) => {
    asked.push(route.request().url());
    return route.request().url().startsWith(AT) ? route.fulfill({ contentType: 'text/html', body: FILE }) : route.abort();
  });
  const protocol = await context.newCDPSession(page);
  await protocol.send('Page.enable');
  protocol.on('Page.frameRequestedNavigation', ({ url }) => went.push(url));
  // It goes on at once: the browser never calls that the end of loading.
  await page.goto(`${AT}${query}`, { waitUntil: 'commit' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  return { context, page, asked, went, said };
}

/** The parameters of a link, in their order. */
const parts = (/** @type {string} */ link) => [...new URLSearchParams(link.split('?')[1])];

describe('the way-back page', () => {
  for (const [what, query, expected] of /** @type {[string, string, [string, string][]][]} */ ([
    ['a code', `?code=${CODE}&state=${STATE}`, [['code', CODE], ['state', STATE]]],
    ['what Square adds to it', `?code=${CODE}&response_type=code&state=${STATE}`, [['code', CODE], ['state', STATE]]],
    ['letters that need a disguise', `?code=a%2Fb%2Bc%3D&state=${STATE}`, [['code', 'a/b+c='], ['state', STATE]]],
    ['a No', `?error=access_denied&error_description=no&state=${STATE}`, [['error', 'access_denied'], ['state', STATE]]],
    ['a fragment', `?code=${CODE}&state=${STATE}#code=other`, [['code', CODE], ['state', STATE]]],
  ])) {
    test(`hands on ${what}, and no more`, async () => {
      const { context, page, asked, went, said } = await comeBack(query);
      const link = await page.getByRole('link', { name: 'Open Backroom' }).getAttribute('href');
      assert.ok(link?.startsWith('backroom://connected?'), String(link));
      assert.deepEqual(parts(String(link)), expected);
      await until('the way to Backroom', () => went.length > 0);
      assert.deepEqual(went, [link], 'it goes there by itself, and nowhere else');
      assert.equal(await page.getByRole('textbox').inputValue(), link, 'and shows it to be copied');
      assert.equal(page.url(), AT, 'the address bar does not keep the code');
      assert.equal(await page.evaluate(() => history.length), await blank(), 'nor does the history');
      assert.deepEqual(asked.slice(1), [], 'it asks no server for anything');
      assert.deepEqual(said, [], 'and tells nobody');
      await context.close();
    });
  }

  for (const [what, query] of [
    ['no parameter', ''],
    ['no state', `?code=${CODE}`],
    ['no code', `?state=${STATE}`],
    ['two codes', `?code=${CODE}&code=other&state=${STATE}`],
    ['two states', `?code=${CODE}&state=${STATE}&state=other`],
    ['two errors', `?error=a&error=b&state=${STATE}`],
    ['a code and an error', `?code=${CODE}&error=access_denied&state=${STATE}`],
    ['an empty code', `?code=&state=${STATE}`],
    ['a script in the code', `?code=%3Cscript%3Ealert(1)%3C/script%3E&state=${STATE}`],
    ['a script in the state', `?code=${CODE}&state=%22onload%3Dalert(1)`],
    ['another parameter in the code', `?code=${CODE}%26state%3Dx&state=${STATE}`],
    ['a line break in the code', `?code=${CODE}%0d%0aX&state=${STATE}`],
    ['a space in the state', `?code=${CODE}&state=a%20b`],
    ['a code that is too long', `?code=${'a'.repeat(2001)}&state=${STATE}`],
    ['a state that is too long', `?code=${CODE}&state=${'a'.repeat(201)}`],
    ['parameters in the fragment', `#code=${CODE}&state=${STATE}`],
  ]) {
    test(`goes nowhere with ${what}`, async () => {
      const { context, page, asked, went } = await comeBack(query);
      await page.getByRole('heading', { name: 'There is nothing here to bring back' }).waitFor();
      assert.equal(await page.getByRole('link').count(), 0);
      assert.equal(await page.evaluate(() => document.querySelector('a')?.getAttribute('href')), '#', 'no link was made');
      assert.deepEqual(went, []);
      assert.deepEqual(asked.slice(1), []);
      assert.ok(!page.url().includes('?'), 'nothing stays in the address bar');
      await context.close();
    });
  }

  test('lets no script run but its own', async () => {
    const { context, page } = await comeBack(`?code=${CODE}&state=${STATE}`);
    const ran = await page.evaluate(() => {
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.hit = 1' }));
      document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.hit = 1">');
      return /** @type {any} */ (window).hit ?? null;
    });
    assert.equal(ran, null);
    const reached = await page.evaluate(() => fetch('https://example.com/').then(() => true, () => false));
    assert.equal(reached, false, 'nor reach anybody');
    await context.close();
  });

  test('copies by keyboard', async () => {
    const { context, page } = await comeBack(`?code=${CODE}&state=${STATE}`);
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(AT).origin });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.deepEqual(parts(copied), [['code', CODE], ['state', STATE]]);
    await context.close();
  });

  for (const [name, query] of [['good', `?code=${CODE}&state=${STATE}`], ['denied', `?error=access_denied&state=${STATE}`], ['bad', '']]) {
    test(`can be read by everybody: ${name}`, async () => {
      const { context, page } = await comeBack(query);
      for (const scheme of SCHEMES) {
        assert.deepEqual(await faultsIn(page, scheme), [], scheme);
        await pictures(page, `way-back-${name}-${scheme}`);
      }
      for (const size of SIZES) {
        await resize(page, size);
        assert.deepEqual(await runsOff(page), [], `${size.width} wide`);
      }
      await context.close();
    });
  }
});

/** How long the history of a page is that has done nothing. */
async function blank() {
  const { context, page } = await comeBack('');
  const length = await page.evaluate(() => history.length);
  await context.close();
  return length;
}
