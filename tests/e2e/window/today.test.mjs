// The whole way of a sale, seen in the window: the stand-in's sale is fetched, kept, shown and delivered once.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
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
});
