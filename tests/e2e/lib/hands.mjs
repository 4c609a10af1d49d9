// What a person does who has a keyboard and nothing else.
import { until } from './until.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** What has the focus, as `button: Save`. */
const focused = (/** @type {Page} */ page) =>
  page.evaluate(() => {
    const one = /** @type {any} */ (document.activeElement);
    const said = one?.getAttribute('aria-label') ?? one?.labels?.[0]?.textContent ?? one?.textContent ?? '';
    const kind = one?.tagName === 'INPUT' ? `${one.type}` : one?.tagName.toLowerCase();
    return `${kind}: ${said.replace(/\s+/g, ' ').trim()}`;
  });

/**
 * Goes with Tab until the focus is on what is meant; fails after two rounds through the page.
 * @param {Page} page
 * @param {RegExp} what of `kind: name`, such as /^button: Save$/
 */
export async function reach(page, what) {
  const /** @type {string[]} */ passed = [];
  for (let step = 0; step < 160; step += 1) {
    const here = await focused(page);
    if (what.test(here)) return;
    passed.push(here);
    await page.keyboard.press('Tab');
  }
  throw new Error(`no ${what} within reach of Tab: ${[...new Set(passed)].join(' | ')}`);
}

/** Goes there and presses Enter. */
export async function press(/** @type {Page} */ page, /** @type {RegExp} */ what) {
  await reach(page, what);
  await page.keyboard.press('Enter');
}

/** Goes to a field and types in place of what is in it. */
export async function write(/** @type {Page} */ page, /** @type {RegExp} */ what, /** @type {string} */ text) {
  await reach(page, what);
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

/** Goes to a box and sets its mark, where it is not set. */
export async function mark(/** @type {Page} */ page, /** @type {RegExp} */ what) {
  await reach(page, what);
  const set = () => page.evaluate(() => /** @type {HTMLInputElement} */ (document.activeElement).checked);
  if (!(await set())) await page.keyboard.press('Space');
  await until('the mark', set);
}

/** Chooses among choices that share one stop, with the arrow keys. */
export async function choose(/** @type {Page} */ page, /** @type {RegExp} */ group, /** @type {RegExp} */ what) {
  await reach(page, group);
  for (let step = 0; step < 12; step += 1) {
    if (what.test(await focused(page))) return;
    await page.keyboard.press('ArrowRight');
  }
  throw new Error(`no ${what} among the choices`);
}
