// The whole way of a sale, seen in the window: the stand-in's sale is fetched, kept, shown and delivered once.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { openWindow, programs } from '../lib/app.mjs';
import { money } from '../lib/money.mjs';
import { until } from '../lib/until.mjs';

const run = promisify(execFile);

describe('Today in the demonstration store', () => {
  /** @type {Awaited<ReturnType<typeof openWindow>>} */
  let app;
  before(async () => {
    app = await openWindow(['--demo']);
  });
  after(() => app?.close());

  async function ask(/** @type {string} */ name, /** @type {unknown} */ args = null) {
    const { answer, rejected } = await app.session.invoke('rpc', { name, args });
    assert.equal(rejected, undefined, `${name}: ${JSON.stringify(rejected)}`);
    return answer;
  }

  test('is watermarked and fills in, today first', async () => {
    await until('the demonstration mark', async () => (await app.session.text()).includes('Demonstration store'), 60_000);
    await until('the first sync', async () => (await ask('app_state')).filling === null, 120_000);
  });

  test('shows exactly the numbers of `report summary`', async () => {
    const args = ['--data-dir', path.join(app.dataDir, 'demo'), '--json', 'report', 'summary'];
    // The shop goes on selling: the three are compared until they were read between two sales.
    await until('the same numbers on the screen, from the engine and from backroomctl', async () => {
      const told = JSON.parse((await run(programs.ctl, args, { env: app.env })).stdout);
      const engine = await ask('summary', { location: null });
      assert.deepEqual(told.today, engine.today);
      const shown = await app.session.text();
      return [
        money(told.today.net_minor, told.currency),
        money(told.today.average_minor, told.currency),
        told.today.transactions.toLocaleString('en-US'),
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
    const config = await readFile(path.join(app.dataDir, 'demo', 'config.toml'), 'utf8');
    const [square, bigquery] = [...config.matchAll(/base_url = "([^"]+)"/g)].map((match) => match[1]);
    const control = async (/** @type {string} */ address, /** @type {string} */ command, /** @type {unknown} */ body) => {
      const response = await fetch(`${address}/_control/${command}`, { method: 'POST', body: JSON.stringify(body) });
      assert.ok(response.ok, `${command}: ${response.status}`);
      return response.json();
    };
    for (const address of [square, bigquery]) await control(address, 'faults', { offline: true });
    const sale = await control(square, 'add_sale', { location: 0, lines: [{ price_minor: 4_321 }] });
    await ask('sync_now');
    await until('the words for no connection', async () => /cannot be reached|[Oo]ffline/.test(await app.session.text()), 120_000);
    const before = await ask('summary', { location: null });
    assert.ok(before.all.transactions > 0, 'what is here can still be asked');
    for (const address of [square, bigquery]) await control(address, 'faults', { offline: false });
    await until('the sale made meanwhile', async () => {
      await ask('sync_now');
      const { rows } = await ask('payments', { from: before.today.from, to: before.today.to, location: null, method: null, offset: 0, limit: 200 });
      return rows.some((/** @type {{ id: string }} */ row) => row.id === sale.payment_id);
    }, 120_000);
    const delivered = async () => {
      const url = `${bigquery}/bigquery/v2/projects/demo-project/queries`;
      const query = `SELECT id FROM \`demo-project.demo.square_payments\` WHERE id = '${sale.payment_id}'`;
      const response = await fetch(url, { method: 'POST', body: JSON.stringify({ query, useLegacySql: false }) });
      return Number((await response.json()).totalRows ?? 0);
    };
    await until('the sale in the warehouse', async () => {
      await ask('push_now');
      return (await delivered()) > 0;
    }, 120_000);
    assert.equal(await delivered(), 1, 'it is there once');
  });
});
