// Secrets that sing: the real window with a real keychain takes a Square token, a Lightspeed access and a BigQuery key, each of
// which can be recognised; then they are looked for in its home (data folder, log, keyring, what the web view keeps), in what was
// said, on the screens, and in how every process was started. A process's memory is not looked at: they have to be there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { emptyHome, openWindow, programs, ROOT } from '../lib/app.mjs';
import { asker } from '../lib/engine.mjs';
import { start } from '../lib/processes.mjs';
import { tracesOf } from '../lib/traces.mjs';
import { until } from '../lib/until.mjs';

const CLIENT = 'sq0idp-BackroomSandbox01';
const REGISTERED = 'https://backroom.example.com/connected.html';
// Signs of base64 and addresses are in each, so that every packing changes it.
const SQUARE = 'Canary+7/sq~pasted-1001';
const GRANTED = 'Canary+7/ls~granted-1002';
const APPLICATION = 'Canary+7/ap~secret-1003';
const KEY_ID = 'Canary+7/id~of-the-key-1004';

/** Why it cannot be shown here; false where it can. */
function missing() {
  if (process.platform !== 'linux') return 'needs /proc and a keyring of its own';
  for (const program of ['gnome-keyring-daemon', 'gdbus']) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`]);
    } catch {
      return `${program} is not installed`;
    }
  }
  return false;
}

/** Google's token address, which lets whoever asks wait, then refuses and repeats what it was sent. */
async function google() {
  let asked = 0;
  let /** @type {(open: unknown) => void} */ open = () => {};
  const opened = new Promise((resolve) => (open = resolve));
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    asked += 1;
    await opened;
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: 'invalid_grant', error_description: body }));
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { address: `http://127.0.0.1:${port}/token`, asked: () => asked, open: () => open(undefined), close: () => server.close() };
}

/**
 * A key as Google hands it out, invented; and pieces of it.
 * @param {string} token_uri
 */
async function keyFile(token_uri) {
  const body = (await readFile(path.join(ROOT, 'src-tauri/crates/warehouse/tests/fixtures/invented_key.base64'), 'utf8')).trim();
  // Put together here, so that no file of ours looks like somebody's key.
  const lines = (/** @type {string} */ mark) => `-----${mark} PRIVATE KEY-----\n`;
  const private_key = `${lines('BEGIN')}${body}\n${lines('END')}`;
  const email = 'shop@example.com';
  const text = JSON.stringify({ type: 'service_account', project_id: 'demo-project', client_email: email, private_key_id: KEY_ID, private_key, token_uri });
  const letters = body.replace(/\s/g, '');
  return { text, pieces: [letters.slice(400, 440), letters.slice(1200, 1240)] };
}

describe('secrets that sing', { skip: missing() }, () => {
  /** @type {Awaited<ReturnType<typeof emptyHome>>} */
  let place;
  /** @type {Awaited<ReturnType<typeof emptyHome>>} */
  let elsewhere;
  /** @type {import('../lib/webdriver.mjs').Session} */
  let session;
  /** @type {ReturnType<typeof start>} */
  let driver;
  /** @type {ReturnType<typeof asker>} */
  let ask;
  /** @type {ReturnType<typeof tracesOf>} */
  let traces;
  /** @type {Awaited<ReturnType<typeof google>>} */
  let bank;
  /** @type {NodeJS.ProcessEnv} */
  let env;
  const shops = { square: '', lightspeed: '' };
  let key = '';
  const /** @type {(() => Promise<unknown> | unknown)[]} */ closing = [];

  const control = (/** @type {string} */ shop, /** @type {string} */ command, /** @type {unknown} */ body) =>
    fetch(`${shop}/_control/${command}`, { method: 'POST', body: JSON.stringify(body) }).then((answer) => answer.json());
  const text = () => session.text();
  const shows = (/** @type {RegExp} */ words) => until(`the screen shows ${words}`, async () => words.test(String(await text())), 60_000);
  const submit = (/** @type {string} */ field) =>
    until(`${field} can be sent`, () =>
      session.run(`const press = document.querySelector(arguments[0])?.form?.querySelector('button[type="submit"]');
        if (!press || press.disabled) return false; press.click(); return true`, field),
    );

  const paste = (/** @type {string} */ field, /** @type {string} */ secret) =>
    session.run(`const field = document.querySelector(arguments[0]); field.focus(); field.value = arguments[1];
      field.dispatchEvent(new Event('input', { bubbles: true }))`, field, secret);

  /** All that a page holds, drawn or not; what somebody is typing is not of it. */
  const page = () =>
    session.run(`return JSON.stringify([document.documentElement.outerHTML, location.href, history.state, { ...localStorage },
      { ...sessionStorage }, performance.getEntries().map((one) => one.name)])`);

  /** Nothing is anywhere now. */
  async function isNowhere(/** @type {string} */ when) {
    assert.deepEqual(await traces.inFolder(place.home), [], `${when}: in the home`);
    const started = await traces.inProcesses(Number(driver.child.pid));
    assert.ok(started.count >= 4, `the driver, the window and its web view are looked at: ${started.count}`);
    assert.deepEqual(started.found, [], `${when}: in how processes were started`);
    assert.deepEqual(traces.within(await page()), [], `${when}: in the page`);
    assert.deepEqual(traces.within(driver.said.out + driver.said.err), [], `${when}: in what was said`);
  }

  before(async () => {
    [place, elsewhere, bank] = [await emptyHome(), await emptyHome(), await google()];
    closing.push(place.remove, elsewhere.remove, bank.close);
    for (const kind of /** @type {const} */ (['square', 'lightspeed'])) {
      const which = kind === 'square' ? ['--payments', '300'] : ['--lightspeed'];
      const vendor = start(programs.ctl, ['demo', '--json', '--data-dir', path.join(elsewhere.home, kind), ...which], elsewhere.env);
      closing.push(() => vendor.stop());
      shops[kind] = JSON.parse(await until('the stand-in', () => /^\{.*\}$/ms.exec(vendor.said.out.trim())?.[0]))[kind];
    }
    await control(shops.square, 'token', { id: SQUARE });
    await control(shops.lightspeed, 'oauth', { mark: GRANTED });
    const file = await keyFile(bank.address);
    key = file.text;
    traces = tracesOf({
      'the Square token': SQUARE,
      'a granted token': GRANTED,
      'the application’s secret': APPLICATION,
      'the BigQuery key’s id': KEY_ID,
      'the BigQuery key': file.pieces[0],
      'the end of the BigQuery key': file.pieces[1],
    });
    await mkdir(place.dataDir);
    const sources = [['square', shops.square], ['lightspeed_r', shops.lightspeed]];
    const named = sources.map(([kind, address]) => `[[source]]\nkind = "${kind}"\nbase_url = "${address}"\n`).join('\n');
    const warehouse = '[warehouse]\nproject = "demo-project"\ndataset = "demo"\nbase_url = "https://127.0.0.1:1"\n';
    await writeFile(path.join(place.dataDir, 'config.toml'), `[store]\ntime_zone = "America/Chicago"\n\n${named}\n${warehouse}`);

    const app = await openWindow([], { place, keyring: true, env: { BACKROOM_LOG: 'trace' } });
    closing.push(app.close);
    ({ session, driver, env } = app);
    ask = asker(session);
    await until('the page', () => session.run(`return document.querySelector('h1') !== null`));
    assert.equal((await ask('connections')).secrets, 'keychain', 'there is a keychain');
    await session.run(`location.hash = '#/connections'`);
  });
  after(async () => {
    for (const step of closing.reverse()) await step();
  });

  test('what is planted is found', async () => {
    const planted = path.join(place.home, 'data', 'planted');
    for (const bytes of [`x${SQUARE}`, JSON.stringify({ a: `"${GRANTED}` }), Buffer.from(`ab${KEY_ID}c`).toString('base64'), encodeURIComponent(APPLICATION)]) {
      await writeFile(planted, bytes);
      assert.equal((await traces.inFolder(place.home)).length > 0, true, `it is found: ${bytes}`);
    }
    await writeFile(planted, '');
    await session.run('document.body.dataset.planted = arguments[0]', APPLICATION);
    const shown = traces.within(await page());
    await session.run('delete document.body.dataset.planted');
    assert.notEqual(shown.length, 0, 'it is found in a page');
    const shell = start('sh', ['-c', 'sh -c "sleep 60" & wait', SQUARE], { ...env, PLANTED: GRANTED });
    try {
      const { found } = await traces.inProcesses(Number(shell.child.pid));
      assert.ok(found.some((one) => /cmdline/.test(one)) && found.some((one) => /environ/.test(one)), String(found));
    } finally {
      await shell.stop();
    }
  });

  test('a token that is pasted stays nowhere but in the keychain', async () => {
    await until('the form', () => session.run(`return document.querySelector('input[name="square-token"]') !== null`));
    await paste('input[name="square-token"]', SQUARE);
    await submit('input[name="square-token"]');
    const isConnected = async () => (await ask('connections')).sources.some((/** @type {any} */ one) => one.kind === 'square' && one.connected);
    await until('Square is connected', isConnected, 60_000);
    const fresh = async () => (await ask('app_state')).freshness.sources.some((/** @type {any} */ one) => one.kind === 'square' && one.last_success);
    await until('sales are read with it', fresh, 60_000);
    const typed = await session.run(`return [...document.querySelectorAll('input, textarea')].map((one) => one.value).join(' ')`);
    assert.deepEqual(traces.within(typed), [], 'what was typed is gone from the form');
    await isNowhere('after a token was pasted');
  });

  test('an access that was granted, and its follower, stay nowhere but in the keychain', async () => {
    const begun = await ask('begin_sign_in', { kind: 'lightspeed_r', name: '', client_id: CLIENT, client_secret: APPLICATION, redirect: '' });
    const allowed = await fetch(begun.address, { redirect: 'manual' });
    const link = String(allowed.headers.get('location')).replace(REGISTERED, 'backroom://connected');
    const second = start(programs.window, [link], env);
    assert.equal(await second.ended, 0, second.said.err);
    assert.deepEqual(traces.within(second.said.out + second.said.err + link), [], 'a link carries no secret');
    await until('Lightspeed is signed in', async () => (await ask('connections')).sources.some((/** @type {any} */ one) => one.signed_in && !one.signed_in.ended), 60_000);
    await isNowhere('after a sign-in');
    await control(shops.lightspeed, 'oauth', { expire: true });
    await until('it renewed itself', async () => {
      await ask('sync_now');
      return (await control(shops.lightspeed, 'oauth', {})).renewals > 0;
    }, 60_000);
    await isNowhere('after a renewal');
  });

  test('a key lies nowhere while it is tried, nor after it was refused', async () => {
    await session.run(`location.hash = '#/connections'`);
    const field = 'input[name="bigquery-key"]';
    await until('the form', () => session.run(`return document.querySelector('${field}') !== null`));
    await paste(field, key);
    await submit(field);
    await until('Google is asked', () => bank.asked() > 0);
    await isNowhere('while a key is tried');
    bank.open();
    await shows(/Code BIGQUERY|BIGQUERY_/);
    await isNowhere('after a key was refused');
  });

  test('no screen shows any of it, and an end leaves nothing behind', async () => {
    for (const route of ['today', 'sales', 'products', 'sync', 'people', 'settings', 'connections']) {
      await session.run(`location.hash = '#/${route}'`);
      await until(`the screen ${route}`, () => session.run(`return document.querySelector('h1') !== null`));
      await isNowhere(`on the screen ${route}`);
    }
    for (const name of ['app_state', 'connections', 'settings', 'sync_status', 'people'])
      assert.deepEqual(traces.within(JSON.stringify(await ask(name))), [], name);
    assert.deepEqual(traces.within(JSON.stringify(await ask('audit_log', { before: null, limit: 200 }))), [], 'the audit log');
    const rings = await readdir(path.join(String(env.XDG_DATA_HOME), 'keyrings'));
    assert.ok(rings.length > 0, 'the keyring is on the disk of this home, and was looked at');
    driver.signal('SIGKILL');
    await driver.ended;
    assert.deepEqual(await traces.inFolder(place.home), [], 'after an end that was none');
    assert.ok((await readdir(place.dataDir)).some((name) => name.endsWith('-wal')), 'with the log of the buffer left behind');
  });
});
