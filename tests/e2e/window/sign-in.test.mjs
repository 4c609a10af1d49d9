// Signing in at a vendor from the real window: the system's browser is led there (here a note takes its place), and what comes
// back ends the sign-in, over this computer or by a link that starts the program once more.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { emptyHome, openWindow, programs } from '../lib/app.mjs';
import { asker } from '../lib/engine.mjs';
import { start } from '../lib/processes.mjs';
import { until } from '../lib/until.mjs';
import { browse, browserOf } from '../lib/vendor-page.mjs';

const CLIENT = 'sq0idp-BackroomSandbox01';
const REGISTERED = 'https://backroom.example.com/connected.html';
const LINUX = { skip: process.platform !== 'linux' && 'needs a system whose browser can be replaced by a note' };

/** A Lightspeed account without sales that lets everybody in. */
async function lightspeed() {
  let spent = 0;
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(String(request.url), 'http://lightspeed');
    const tell = (/** @type {unknown} */ body) =>
      response.writeHead(200, { 'content-type': 'application/json', 'x-ls-api-bucket-level': '1/90' }).end(JSON.stringify(body));
    for await (const _ of request);
    if (pathname === '/auth/oauth/authorize') {
      const back = `${REGISTERED}?code=code-1&state=${searchParams.get('state')}`;
      return void response.writeHead(302, { location: back }).end();
    }
    if (pathname === '/auth/oauth/token') {
      spent += 1;
      return void tell({ access_token: 'access-1', token_type: 'bearer', expires_in: 3600, refresh_token: 'refresh-1' });
    }
    if (pathname === '/API/V3/Account.json')
      return void tell({ '@attributes': {}, Account: { accountID: '123456', name: 'Invented Pipes' } });
    tell({ '@attributes': { next: '', previous: '' } });
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { address: `http://127.0.0.1:${port}`, spent: () => spent, close: () => server.close() };
}

describe('signing in', LINUX, () => {
  /** @type {Awaited<ReturnType<typeof openWindow>>} */
  let app;
  /** @type {Awaited<ReturnType<typeof emptyHome>>} */
  let place;
  /** @type {Awaited<ReturnType<typeof lightspeed>>} */
  let shop;
  /** @type {ReturnType<typeof start>} */
  let vendors;
  /** @type {ReturnType<typeof browserOf>} */
  let browser;
  /** @type {ReturnType<typeof asker>} */
  let ask;
  let square = '';

  const within = (/** @type {string} */ vendor, /** @type {string} */ body) =>
    app.session.run(`const here = document.querySelector('section[aria-label="${vendor}"]');
      const button = (name) => [...here.querySelectorAll('button')].find((one) => one.innerText.trim() === name);
      ${body}`);
  const says = (/** @type {string} */ vendor, /** @type {RegExp} */ words) =>
    until(`${vendor} says ${words}`, async () => words.test(String(await within(vendor, 'return here.innerText'))));
  const press = (/** @type {string} */ vendor, /** @type {string} */ name) =>
    until(`${name} can be pressed`, () =>
      within(vendor, `const found = button('${name}'); if (!found || found.disabled) return false; found.click(); return true`),
    );
  const link = (/** @type {string} */ back) => back.replace(REGISTERED, 'backroom://connected');
  /** Follows a link as the system does: the program is started with it. */
  const follow = async (/** @type {string} */ address) => {
    const second = start(programs.window, [address], app.env);
    assert.equal(await second.ended, 0, second.said.err);
  };

  before(async () => {
    place = await emptyHome();
    browser = browserOf(place.home);
    shop = await lightspeed();
    vendors = start(programs.ctl, ['demo', '--json', '--data-dir', path.join(place.home, 'vendors'), '--payments', '300'], place.env);
    square = JSON.parse(await until('the stand-ins', () => /^\{.*\}$/ms.exec(vendors.said.out.trim())?.[0])).square;
    await mkdir(place.dataDir);
    const sources = [['square', square], ['lightspeed_r', shop.address]];
    const named = sources.map(([kind, address]) => `[[source]]\nkind = "${kind}"\nbase_url = "${address}"\n`);
    await writeFile(path.join(place.dataDir, 'config.toml'), `[store]\ntime_zone = "America/Chicago"\n\n${named.join('\n')}`);
    app = await openWindow([], { place, env: { PATH: await browser.replace() } });
    ask = asker(app.session);
    await until('the page', () => app.session.run(`return document.querySelector('h1') !== null`));
    await app.session.run(`location.hash = '#/connections'`);
    await says('Square', /Paste a token/);
  });
  after(async () => {
    await app?.close();
    await vendors?.stop();
    shop?.close();
    await place?.remove();
  });

  test('a No at the vendor is told in words, and can be tried again', async () => {
    await fetch(`${square}/_control/oauth`, { method: 'POST', body: JSON.stringify({ denies: true }) });
    await within('Square', `here.querySelector('input[value="sign-in"]').click()`);
    await app.session.type('section[aria-label="Square"] input[name="application-id"]', CLIENT);
    await press('Square', 'Sign in at Square');
    await says('Square', /Waiting for you at Square[^]*\d:\d\d left/);
    const address = await browser.led();
    assert.ok(address.startsWith(`${square}/oauth2/authorize?`), address);
    const { status, to } = await browse(address);
    assert.equal(status, 302);
    assert.match(to, /^http:\/\/127\.0\.0\.1:\d+\/connected\?error=/);
    assert.equal((await browse(to)).status, 200);
    await says('Square', /refused there[^]*OAUTH_DENIED[^]*Try again/);
    await fetch(`${square}/_control/oauth`, { method: 'POST', body: JSON.stringify({ denies: false }) });
  });

  test('it comes back to this computer, is connected, and syncs', async () => {
    await press('Square', 'Try again');
    const { to } = await browse(await browser.led());
    assert.equal((await browse(to)).status, 200);
    await says('Square', /Connected[^]*Signed in[^]*Renews itself/);
    const fresh = async () =>
      (await ask('app_state')).freshness.sources.some((/** @type {any} */ one) => one.kind === 'square' && one.last_success);
    await until('sales are read with it', fresh, 60_000);
    const replayed = await app.session.invoke('rpc', { name: 'finish_sign_in', args: { address: to } });
    assert.equal(replayed.rejected?.code, 'OAUTH_STATE_WRONG', 'what came back once counts no second time');
  });

  test('it can be cancelled, and the focus stays where a keyboard goes on', async () => {
    await app.session.type('section[aria-label="Lightspeed"] input[name="application-id"]', CLIENT);
    await press('Lightspeed', 'Sign in at Lightspeed');
    await browser.led();
    await says('Lightspeed', /Waiting for you/);
    assert.match(String(await app.session.run('return document.activeElement.innerText')), /Waiting for you at Lightspeed/);
    await press('Lightspeed', 'Cancel');
    await until('the form', () => app.session.run(`return document.activeElement.name === 'application-id'`));
    assert.equal((await ask('connections')).sign_in, null);
  });

  test('a link of another sign-in changes nothing and says so; the right one ends it', async () => {
    await app.session.run(`
      const field = document.querySelector('section[aria-label="Lightspeed"] input[name="application-id"]');
      field.value = ''; field.dispatchEvent(new Event('input', { bubbles: true }))`);
    await app.session.type('section[aria-label="Lightspeed"] input[name="application-id"]', CLIENT);
    await press('Lightspeed', 'Sign in at Lightspeed');
    const { to } = await browse(await browser.led());
    assert.ok(to.startsWith(`${REGISTERED}?code=`), to);
    await app.session.run(`location.hash = '#/today'`);

    await follow('backroom://connected?code=stolen&state=guessed');
    await until('the words', async () => /belongs to no sign-in that waits here/.test(await app.session.text()));
    await says('Lightspeed', /Waiting for you/);
    assert.equal(shop.spent(), 0, 'the vendor was not asked');
    await app.session.run(`location.hash = '#/today'`);
    await follow('backroom://elsewhere?code=stolen&state=guessed');
    assert.match(await app.session.run('return location.hash'), /today/, 'what is no link of ours leads nowhere');

    await follow(link(to));
    await until('Connections', () => app.session.run(`return location.hash === '#/connections'`));
    await says('Lightspeed', /Connected[^]*Invented Pipes/);
    assert.equal(shop.spent(), 1);
    await follow(link(to));
    await until('the words again', async () => /belongs to no sign-in that waits here/.test(await app.session.text()));
    assert.equal(shop.spent(), 1, 'a link counts once');
  });

  test('a link that has anything beside it is refused', async () => {
    const wrong = start(programs.window, ['backroom://connected?code=a&state=b', '--data-dir', place.home], app.env);
    assert.equal(await wrong.ended, 2);
    assert.match(wrong.said.err, /a link comes alone/);
    assert.ok(!wrong.said.err.includes('state='), 'and what it holds is not repeated');
  });
});

test('a first start with a link shows Connections and that nothing waits', LINUX, async () => {
  const app = await openWindow(['backroom://connected?code=a&state=b']);
  try {
    await until('the words', async () => /belongs to no sign-in that waits here/.test(await app.session.text()));
    assert.equal(await app.session.run('return location.hash'), '#/connections?link=unused');
    assert.equal(await app.session.run('return document.visibilityState'), 'visible');
  } finally {
    await app.close();
  }
});
