// From nothing to a sale in the warehouse, seen in the window: first run, demonstration store, today's numbers, a sale made while
// the line is cut, its delivery, and back to the first run.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { openWindow, programs } from '../lib/app.mjs';
import { asker, standIns } from '../lib/engine.mjs';
import { money } from '../lib/money.mjs';
import { until } from '../lib/until.mjs';

const run = promisify(execFile);
const TAB = '\uE004';
const ENTER = '\uE007';
const OFFER = 'Look at the demonstration store';

describe('from the first run through the demonstration store and back', () => {
  /** @type {Awaited<ReturnType<typeof openWindow>>} */
  let app;
  /** @type {ReturnType<typeof asker>} */
  let ask;
  /** @type {Awaited<ReturnType<typeof standIns>>} */
  let shop;
  /** @type {Buffer} */
  let own;
  const folder = () => path.join(app.dataDir, 'demo');
  const buffer = () => readFile(path.join(app.dataDir, 'backroom.db'));
  const shows = (/** @type {string} */ words, limit = 30_000) =>
    until(`“${words}” on the screen`, async () => (await app.session.text()).includes(words), limit);

  before(async () => {
    app = await openWindow([]);
    ask = asker(app.session);
  });
  after(() => app?.close());

  test('an empty folder is a first run, and the keyboard opens the demonstration store', async () => {
    await shows(OFFER);
    assert.ok((await app.session.text()).includes('Connect Square'), 'the real thing is offered first');
    await until('the focus on the offer', async () => {
      await app.session.press(TAB);
      return app.session.run(`return document.activeElement.innerText.includes(arguments[0])`, 'A Square shop');
    });
    await app.session.press(ENTER);
    await shows('Demonstration store');
    assert.equal((await ask('app_state')).demo, true);
    own = await buffer();
    shop = await standIns(folder());
  });

  test('it fills in', async () => {
    await until('the first sync', async () => (await ask('app_state')).filling === null, 120_000);
  });

  test('Today shows exactly the numbers of `report summary`', async () => {
    const args = ['--data-dir', folder(), '--json', 'report', 'summary'];
    // The shop goes on selling: the three are compared until they were read between two sales.
    await until('the same numbers on the screen, from the engine and from backroomctl', async () => {
      const told = JSON.parse((await run(programs.ctl, args, { env: app.env })).stdout);
      const engine = await ask('summary', { location: null });
      assert.deepEqual(told.today, engine.today);
      const shown = await app.session.text();
      return [
        money(told.today.net_minor, told.currency),
        money(told.today.average_minor, told.currency),
        money(told.week.net_minor, told.currency),
        money(told.month.net_minor, told.currency),
        money(told.year.net_minor, told.currency),
        told.today.transactions.toLocaleString('en-US'),
        told.today.customers.toLocaleString('en-US'),
      ].every((figure) => shown.includes(figure));
    });
  });

  test('what is sold reaches the warehouse, and nothing stays behind', async () => {
    await ask('push_now');
    await until('an empty queue', async () => (await ask('app_state')).freshness.waiting === 0, 60_000);
    const { tables } = await ask('sync_status');
    assert.ok(
      tables.some((table) => table.table === 'square_payments' && table.delivered > 0),
      'payments were delivered',
    );
    assert.deepEqual(
      tables.filter((table) => table.dead > 0),
      [],
      'no row was given up',
    );
  });

  test('offline nothing stops, and what was sold meanwhile arrives once', async () => {
    await shop.offline(true);
    const sale = await shop.sell(4_321);
    await ask('sync_now');
    await until(
      'the words for no connection',
      async () => /cannot be reached|[Oo]ffline/.test(await app.session.text()),
      120_000,
    );
    const before = await ask('summary', { location: null });
    assert.ok(before.all.transactions > 0, 'what is here can still be asked');
    assert.ok((await app.session.text()).includes(money(before.year.net_minor)), 'and is still on the screen');
    await shop.offline(false);
    const arrived = await until(
      'the sale made meanwhile',
      async () => {
        await ask('sync_now');
        const { rows } = await ask('payments', {
          from: before.today.from,
          to: before.today.to,
          location: null,
          method: null,
          offset: 0,
          limit: 200,
        });
        return rows.find((/** @type {{ id: string }} */ row) => row.id === sale);
      },
      120_000,
    );
    await shows(money(arrived.amount_minor, arrived.currency));
    await until(
      'the sale in the warehouse',
      async () => {
        await ask('push_now');
        return (await shop.delivered(sale)) > 0;
      },
      120_000,
    );
    assert.equal(await shop.delivered(sale), 1, 'it is there once');
  });

  test('leaving it leads back to the first run, and the shop’s own folder is as it was', async () => {
    assert.ok(own.equals(await buffer()), 'nothing was written into the shop’s buffer meanwhile');
    await app.session.click('[aria-label="Demonstration store"] button');
    await shows(OFFER);
    const state = await ask('app_state');
    assert.deepEqual([state.demo, state.first_run, state.locations], [false, true, []], 'nothing invented came along');
    const files = (await readdir(app.dataDir)).filter((file) => !file.startsWith('backroom.'));
    assert.deepEqual(files.sort(), ['demo', 'logs'], 'no settings were written, and the invented data stayed in its folder');
  });

  test('the mouse opens it as well, a second time', async () => {
    await app.session.click('.choices button:not(.first)');
    await shows('Demonstration store');
    assert.equal((await ask('app_state')).demo, true);
  });

  test('a Lightspeed shop can be looked at as well: 50 transactions, 25 products, and the mark', async () => {
    await app.session.click('[aria-label="Demonstration store"] button');
    await shows(OFFER);
    await app.session.click('.choices section button:last-of-type');
    await shows('Demonstration store');
    await until('all of it', async () => {
      const { demo, filling, freshness } = await ask('app_state');
      return demo && filling === null && freshness.sources[0]?.kind === 'lightspeed_r' && freshness.sources[0].last_success;
    }, 60_000);
    await until('everything in the warehouse', async () => {
      await ask('push_now');
      return (await ask('app_state')).freshness.waiting === 0;
    }, 60_000);
    const { tables } = await ask('sync_status');
    const delivered = (/** @type {string} */ name) => tables.find((/** @type {any} */ one) => one.table === name)?.delivered;
    assert.deepEqual([delivered('lightspeed_transactions'), delivered('lightspeed_products')], [50, 25]);
    assert.ok(await app.session.run(`return document.querySelector('.mark svg') !== null`), 'marked');
  });
});
