// A scanner that types like a keyboard, and the invented cards that it reads. Its keys come in one task of the page, each with the
// time at which a real one would have pressed it: what the machine does meanwhile changes nothing about its speed. Keys of the
// system's own, at their real speed, are in the test of the real window.
import { until } from './until.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** What stands on every invented card, and must be nowhere afterwards. */
export const TRACES = ['X000000001', 'TESTINA', 'SAMPLETOWN', 'NOWHERE', 'FAKEDD'];

const american = (/** @type {string} */ day) => `${day.slice(5, 7)}${day.slice(8)}${day.slice(0, 4)}`;

/** A day so many years and days from today, `YYYY-MM-DD`. */
export function away(/** @type {number} */ years, days = 0) {
  const date = new Date();
  date.setUTCFullYear(date.getUTCFullYear() + years);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/**
 * The barcode of an invented Texan license.
 * @param {{ birth: string, expires?: string, issued?: string }} dates
 */
export function card({ birth, expires = away(4), issued = away(-3) }) {
  const under = `${Number(birth.slice(0, 4)) + 21}${birth.slice(4)}`;
  const elements = [
    ...['DAQX000000001', 'DCSSAMPLE', 'DDEN', 'DACTESTINA', 'DDFN', 'DADNONE', 'DDGN', 'DCAC', 'DCBNONE', 'DCDNONE'],
    ...[`DBD${american(issued)}`, `DBB${american(birth)}`, `DBA${american(expires)}`, 'DBC2', 'DAU066 in', 'DAYBLU'],
    ...['DAG1 NOWHERE RD', 'DAISAMPLETOWN', 'DAJTX', 'DAK000000000  ', 'DCFFAKEDD0001', 'DCGUSA', 'DDAF'],
    ...[`DDB${american(issued)}`, `DDJ${american(under)}`],
  ];
  const first = `DL${elements.join('\n')}\r`;
  const second = 'ZTZTANOTES\nZTB\r';
  const begins = 21 + 20;
  const four = (/** @type {number} */ number) => String(number).padStart(4, '0');
  const places = `DL${four(begins)}${four(first.length)}ZT${four(begins + first.length)}${four(second.length)}`;
  return `@\n\u001e\rANSI 636015080102${places}${first}${second}`;
}

/** For so long after a scan what is typed is its tail, in milliseconds of the keys' clock. */
const TAIL = 500;
const A_LITTLE = 100;

/**
 * Waits until what is typed is a person's again and no longer the tail of a scan.
 * @param {Page} page
 */
export function tailOver(page) {
  return until('the end of the scan’s tail', () =>
    page.evaluate((wait) => new Event('now').timeStamp > (/** @type {any} */ (globalThis).scanEnded ?? -wait) + wait, TAIL + A_LITTLE),
  );
}

/**
 * Scans a text, `each` milliseconds a key, wherever the focus is, once the tail of the scan before it is over; with `within`, so many
 * milliseconds after its end. Every key of it must have been kept from the page: one that was not would have done in a field or to a
 * button what keys do there.
 * @param {Page} page
 * @param {string} text
 * @param {{ each?: number, within?: number }} [options]
 */
export async function scan(page, text, { each = 4, within } = {}) {
  if (within === undefined) await tailOver(page);
  const passed = await page.evaluate(press, { letters: [...text], each, within });
  if (passed.length > 0) throw new Error(`${passed.length} keys of a scan went their own way: ${passed.slice(0, 5).join(' ')}`);
}

/**
 * Presses a key for each letter, all in one task, and tells those that the page was not kept from. Runs in the page.
 * @param {{ letters: string[], each: number, within: number | undefined }} scan
 */
function press({ letters, each, within }) {
  const page = /** @type {any} */ (globalThis);
  /** @returns {KeyboardEventInit} */
  const keyOf = (/** @type {string} */ letter) => {
    // Enter for what ends a line, Ctrl for the other controls.
    if (letter === '\n' || letter === '\r') return { key: 'Enter', code: 'Enter' };
    if (letter === '\t') return { key: 'Tab', code: 'Tab' };
    if (letter < ' ') return { key: String.fromCharCode(letter.charCodeAt(0) + 0x40), ctrlKey: true };
    return { key: letter };
  };
  const now = new Event('now').timeStamp;
  const before = page.scanEnded ?? -Infinity;
  const begins = within === undefined || before < 0 ? Math.max(now - letters.length * each, before + 501) : before + within;
  const /** @type {string[]} */ passed = [];
  letters.forEach((letter, index) => {
    const at = begins + index * each;
    for (const type of /** @type {const} */ (['keydown', 'keyup'])) {
      const event = new KeyboardEvent(type, { ...keyOf(letter), bubbles: true, cancelable: true, composed: true });
      Object.defineProperty(event, 'timeStamp', { value: at });
      const goesOn = (document.activeElement ?? document.body).dispatchEvent(event);
      if (type === 'keydown' && goesOn) passed.push(JSON.stringify(letter));
    }
    page.scanEnded = at;
  });
  return passed;
}
