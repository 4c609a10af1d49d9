// A shop is set up from nothing in the real window, with a real keychain: Square by signing in, Lightspeed by a token, BigQuery by a
// key, with a restart on the way; then Today shows the shop's numbers, and from then on nobody is asked for anything.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { emptyHome, openWindow, programs } from '../lib/app.mjs';
import { asker } from '../lib/engine.mjs';
import { money } from '../lib/money.mjs';
import { start } from '../lib/processes.mjs';
import { until } from '../lib/until.mjs';
import { browse, browserOf } from '../lib/vendor-page.mjs';

const ENTER = '\uE007';
const CLIENT = 'sq0idp-BackroomSandbox01';
const LINUX = { skip: process.platform !== 'linux' && 'needs a keychain and a browser that can be replaced' };

/** Starts the stand-ins of a demonstration that nobody looks at, and tells their addresses. */
async function standIns(/** @type {Awaited<ReturnType<typeof emptyHome>>} */ place, /** @type {string} */ name, /** @type {string[]} */ ...args) {
  const running = start(programs.ctl, ['demo', '--json', '--data-dir', path.join(place.home, name), ...args], place.env);
  const at = JSON.parse(await until(`the stand-ins of ${name}`, () => /^\{.*\}$/ms.exec(running.said.out.trim())?.[0]));
  return { at, running };
}

/** The key of a service account whose tokens come from the stand-in. */
function serviceAccount(/** @type {string} */ bigquery, /** @type {string} */ project) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return JSON.stringify({
    type: 'service_account',
    project_id: project,
    private_key_id: 'invented',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: `backroom@${project}.iam.gserviceaccount.com`,
    token_uri: `${bigquery}/token`,
  });
}

describe('setting a shop up', LINUX, () => {
  /** @type {Awaited<ReturnType<typeof openWindow>>} */
  let app;
  /** @type {Awaited<ReturnType<typeof emptyHome>>} */
  let place;
  /** @type {Awaited<ReturnType<typeof standIns>>[]} */
  const vendors = [];
  /** @type {ReturnType<typeof browserOf>} */
  let browser;
  /** @type {ReturnType<typeof asker>} */
  let ask;
  let search = '';
  let key = '';

  let broken = false;
  /** A step of the one story: where an earlier one failed there is nothing to see. */
  const step = (/** @type {string} */ name, /** @type {() => Promise<unknown>} */ act) =>
    test(name, async (t) => {
      if (broken) return t.skip('an earlier step failed');
      broken = true;
      await act();
      broken = false;
    });
  const shows = (/** @type {RegExp} */ words, limit = 30_000) =>
    until(
      `${words} on the screen`,
      async () => {
        const text = await app.session.text();
        assert.match(text, words);
        return true;
      },
      limit,
    );
  const heading = (/** @type {RegExp} */ words) =>
    until(`the heading ${words}`, async () => words.test(String(await app.session.run(`return document.querySelector('h1')?.innerText`))));
  /** Presses what has this name, as soon as it can be pressed. */
  const press = (/** @type {string} */ name) =>
    until(`${name} can be pressed`, () =>
      app.session.run(
        `const found = [...document.querySelectorAll('button, a')].find((one) => one.innerText.trim().startsWith(arguments[0]));
         if (!found || found.disabled) return false;
         found.click();
         return true;`,
        name,
      ),
    );
  const choose = (/** @type {string} */ value) =>
    until(`${value} can be chosen`, () =>
      app.session.run(`const found = document.querySelector('input[value="' + arguments[0] + '"]'); found?.click(); return !!found;`, value),
    );
  /** Types into the field of this label, whatever was in it. */
  const type = async (/** @type {string} */ label, /** @type {string} */ text) => {
    await until(`the field ${label}`, () =>
      app.session.run(
        `const label = [...document.querySelectorAll('label')].find((one) => one.innerText.trim().startsWith(arguments[0]));
         const field = label && (label.control ?? document.getElementById(label.htmlFor));
         field?.focus();
         field?.select();
         return document.activeElement === field;`,
        label,
      ),
    );
    await app.session.press(...text);
  };
  const open = async () => {
    app = await openWindow([], { place, keyring: true, env: { PATH: search } });
    ask = asker(app.session);
    await until('the page', () => app.session.run(`return document.querySelector('h1') !== null`));
  };
  const restart = async () => {
    await app.close();
    await open();
  };

  before(async () => {
    place = await emptyHome();
    browser = browserOf(place.home);
    search = await browser.replace();
    vendors.push(await standIns(place, 'square', '--payments', '600'), await standIns(place, 'lightspeed', '--lightspeed'));
    const [square, lightspeed] = vendors.map(({ at }) => at);
    key = serviceAccount(square.bigquery, square.project);
    // A fresh folder, but for where the vendors are.
    await mkdir(place.dataDir);
    const sources = [['square', square.square], ['lightspeed_r', lightspeed.lightspeed]];
    const named = sources.map(([kind, address]) => `[[source]]\nkind = "${kind}"\nbase_url = "${address}"\n`);
    await writeFile(path.join(place.dataDir, 'config.toml'), named.join('\n'));
    await open();
  });
  after(async () => {
    await app?.close();
    for (const { running } of vendors) await running.stop();
    await place?.remove();
  });

  step('it begins with nothing, beside a keychain that works', async () => {
    await shows(/Connect Square or Lightspeed/);
    assert.equal((await ask('app_state')).first_run, true);
    const { secrets, keychain_trouble } = await ask('connections');
    assert.deepEqual([secrets, keychain_trouble], ['keychain', null]);
  });

  step('the shop’s day applies at once', async () => {
    await press('Connect Square or Lightspeed');
    await heading(/When does a day begin/);
    await type('Name of the shop', 'Invented Pipes');
    await type('Time zone', 'phoenix');
    await until('the zone in the list', async () => /America\/Phoenix|Phoenix/.test(await app.session.text()));
    await app.session.press(ENTER);
    await type('A business day begins at', '5 am');
    await press('Continue');
    await heading(/Connect Square/);
    await until('the zone in force', async () => (await ask('app_state')).time_zone === 'America/Phoenix');
    const { business_day_start, shop_name } = await ask('app_state');
    assert.deepEqual([business_day_start, shop_name], ['05:00', 'Invented Pipes']);
    assert.equal((await ask('settings')).applies_at_start, false, 'nobody has to start it again');
  });

  step('Square is signed in at, tested, and says what it may', async () => {
    await choose('sign-in');
    await type('Application ID', CLIENT);
    await press('Sign in at Square');
    await shows(/Waiting for you at Square/);
    const { to } = await browse(await browser.led());
    assert.equal((await browse(to)).status, 200);
    await shows(/Square is connected, and the test went well[^]*It may[^]*read payments/);
    await until('its first sales, today first', async () => (await ask('app_state')).filling?.today_complete !== false, 60_000);
    await press('Continue');
  });

  step('Lightspeed takes a token, and one that is wrong is refused', async () => {
    await heading(/Connect Lightspeed/);
    await choose('token');
    await type('Lightspeed access token', 'not-the-token');
    await press('Test and connect');
    await shows(/Code LIGHTSPEED_/);
    await type('Lightspeed access token', vendors[1].at.source_token);
    await press('Test and connect');
    await shows(/Lightspeed is connected, and the test went well/);
    await press('Continue');
    await heading(/Send the sales to BigQuery/);
  });

  step('a restart in the middle goes on where it was left', async () => {
    await restart();
    await shows(/BigQuery is not connected[^]*Finish setting up/);
    await press('Finish setting up');
    await heading(/Send the sales to BigQuery/);
    const { sources } = await ask('connections');
    assert.deepEqual(sources.map((/** @type {any} */ one) => one.connected), [true, true]);
  });

  step('BigQuery takes a key and is tried with it', async () => {
    await until('the field of the key', () =>
      app.session.run(
        `const field = document.querySelector('input[name="bigquery-key"]');
         if (!field) return false;
         field.value = arguments[0];
         field.dispatchEvent(new Event('input', { bubbles: true }));
         return true;`,
        key,
      ),
    );
    await type('Dataset', vendors[0].at.dataset);
    await press('Test and connect');
    await shows(/BigQuery is connected, and the test went well[^]*It may/);
    await press('Continue');
  });

  step('it ends with the numbers of today', async () => {
    await shows(/All is set[^]*Today so far:/, 120_000);
    await press('Open Today');
    const args = ['--data-dir', place.dataDir, '--json', 'report', 'summary'];
    await until('the same numbers on the screen, from the engine and from backroomctl', async () => {
      const told = JSON.parse((await promisify(execFile)(programs.ctl, args, { env: app.env })).stdout);
      const engine = await ask('summary', { location: null });
      assert.deepEqual(told.today, engine.today);
      const shown = await app.session.text();
      return [
        money(told.today.net_minor, told.currency),
        money(told.week.net_minor, told.currency),
        money(told.month.net_minor, told.currency),
        money(told.year.net_minor, told.currency),
        told.today.transactions.toLocaleString('en-US'),
      ].every((figure) => shown.includes(figure));
    });
    assert.doesNotMatch(await app.session.text(), /Finish setting up/, 'nothing is left to set up');
  });

  step('every row reaches BigQuery', async () => {
    await until('an empty queue', async () => (await ask('app_state')).freshness.waiting === 0, 120_000);
    const { tables } = await ask('sync_status');
    for (const name of ['square_payments', 'lightspeed_transactions', 'sales']) {
      const table = tables.find((/** @type {any} */ one) => one.table === name);
      assert.ok(table?.delivered > 0 && table.dead === 0, `${name}: ${JSON.stringify(table)}`);
    }
  });

  step('no secret lies in the data folder', async () => {
    const secrets = [vendors[1].at.source_token, 'PRIVATE KEY', JSON.parse(key).private_key.split('\n')[1]];
    const files = await readdir(place.dataDir, { recursive: true, withFileTypes: true });
    for (const file of files.filter((one) => one.isFile())) {
      const bytes = await readFile(path.join(file.parentPath, file.name));
      for (const secret of secrets) assert.ok(!bytes.includes(secret), `${secret.slice(0, 12)}… in ${file.name}`);
    }
  });

  step('after another restart it is connected, and nobody is asked for anything', async () => {
    await restart();
    await shows(/Net so far/);
    const before = await ask('summary', { location: null });
    const words = await app.session.text();
    assert.doesNotMatch(words, /Finish setting up|Connect Square|keychain’s password|Sign in/, words);
    const { sources, warehouse, keychain_trouble, secrets } = await ask('connections');
    assert.deepEqual(sources.map((/** @type {any} */ one) => [one.kind, one.connected]), [['square', true], ['lightspeed_r', true]]);
    assert.deepEqual([warehouse.connected, keychain_trouble, secrets], [true, null, 'keychain']);
    const address = `${vendors[0].at.square}/_control/add_sale`;
    const sold = await fetch(address, { method: 'POST', body: JSON.stringify({ location: 0, lines: [{ price_minor: 4_321 }] }) });
    assert.ok(sold.ok, 'something is sold');
    await ask('sync_now');
    await until('it is read with what the keychain kept', async () => {
      const now = await ask('summary', { location: null });
      return now.all.transactions > before.all.transactions;
    }, 60_000);
    const failing = (await ask('app_state')).freshness.sources.filter((/** @type {any} */ one) => one.trouble);
    assert.deepEqual(failing, []);
  });
});
