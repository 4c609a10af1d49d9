// The engine behind the window, and the stand-ins of a demonstration store, as a test asks them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/**
 * Asks the engine as the page does; fails where the engine refuses.
 * @param {import('./webdriver.mjs').Session} session
 */
export function asker(session) {
  return async (/** @type {string} */ name, /** @type {unknown} */ args = null) => {
    const { answer, rejected } = await session.invoke('rpc', { name, args });
    assert.equal(rejected, undefined, `${name}: ${JSON.stringify(rejected)}`);
    return answer;
  };
}

/**
 * Changes what is in a shop's buffer behind the engine's back.
 * @param {string} folder
 * @param {string} statements SQL
 */
export async function alter(folder, statements) {
  const script = 'import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=20).executescript(sys.argv[2])';
  await promisify(execFile)('python3', ['-c', script, path.join(folder, 'backroom.db'), statements]);
}

/**
 * The stand-ins that a demonstration store's folder names.
 * @param {string} folder
 */
export async function standIns(folder) {
  const config = await readFile(path.join(folder, 'config.toml'), 'utf8');
  const [square, bigquery] = [...config.matchAll(/base_url = "([^"]+)"/g)].map((match) => match[1]);
  const control = async (/** @type {string} */ address, /** @type {string} */ command, /** @type {unknown} */ body) => {
    const response = await fetch(`${address}/_control/${command}`, { method: 'POST', body: JSON.stringify(body) });
    assert.ok(response.ok, `${command}: ${response.status}`);
    return response.json();
  };
  return {
    /** Cuts the line to both, or mends it. */
    async offline(/** @type {boolean} */ offline) {
      for (const address of [square, bigquery]) await control(address, 'faults', { offline });
    },
    /** Makes the point of sale go wrong as these rules say; without any it is well. */
    squareFaults: (/** @type {{ kind: string, matching?: string, after?: number }[]} */ ...rules) => control(square, 'faults', { rules }),
    /** Makes a Lightspeed account behave as its documentation leaves open; with nothing as usual. */
    quirks: (/** @type {Record<string, unknown>} */ quirks) => control(square, 'quirks', quirks),
    /** Makes BigQuery go wrong as these rules say; without any it is well. */
    bigqueryFaults: (/** @type {{ kind: string, matching?: string, after?: number }[]} */ ...rules) =>
      control(bigquery, 'faults', { rules }),
    /** A row with this text in it is one that BigQuery cannot read; none for nothing. */
    poison: (/** @type {string | null} */ poison) => control(bigquery, 'quirks', { poison }),
    /** Sells one thing; answers the payment's id. */
    async sell(/** @type {number} */ price_minor) {
      return (await control(square, 'add_sale', { location: 0, lines: [{ price_minor }] })).payment_id;
    },
    /** Makes the point of sale refuse the token. */
    async changeToken(/** @type {string} */ id) {
      await control(square, 'token', { id });
    },
    /** How many rows of a payment a reader of the warehouse finds. */
    async delivered(/** @type {string} */ id) {
      const query = `SELECT id FROM \`demo-project.demo.square_payments\` WHERE id = '${id}'`;
      const response = await fetch(`${bigquery}/bigquery/v2/projects/demo-project/queries`, {
        method: 'POST',
        body: JSON.stringify({ query, useLegacySql: false }),
      });
      return Number((await response.json()).totalRows ?? 0);
    },
  };
}
