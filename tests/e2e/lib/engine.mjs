// The engine behind the window, and the stand-ins of a demonstration store, as a test asks them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

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
