// A scanner that types like a keyboard: each key carries the time at which a real one would have pressed it, whatever this machine
// was doing meanwhile; and the invented cards that it reads.

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

/** The key that a scanner presses for a character: Enter for what ends a line, Ctrl for the other controls. */
function keyOf(/** @type {string} */ letter) {
  if (letter === '\n' || letter === '\r')
    return { key: 'Enter', code: 'Enter', text: '\r', windowsVirtualKeyCode: 13, modifiers: 0 };
  if (letter === '\t') return { key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9, modifiers: 0 };
  if (letter < ' ') return { key: String.fromCharCode(letter.charCodeAt(0) + 0x40), modifiers: 2 };
  return { key: letter, text: letter, modifiers: 0 };
}

/** A scanner that stops for so long, in milliseconds, has ended its scan. */
const STALL = 100;

/**
 * Scans a text, `each` milliseconds a key, wherever the focus is. Where this machine was too slow to type as fast as a scanner,
 * it was none: then it is scanned again.
 */
export async function scan(/** @type {Page} */ page, /** @type {string} */ text, { each = 4 } = {}) {
  for (let tries = 0; tries < 8; tries++) {
    if ((await typed(page, text, each)) < STALL) return;
    await new Promise((done) => setTimeout(done, 800));
  }
  throw new Error('this machine is too slow to type as a scanner does');
}

/** When the scan before this one ended. */
let ended = 0;

/** Types a text and answers the longest pause that came between two keys. */
async function typed(/** @type {Page} */ page, /** @type {string} */ text, /** @type {number} */ each) {
  const keys = await page.context().newCDPSession(page);
  const letters = [...text];
  // After every key before it, by the clock of the keys too; whoever presses one afterwards waits until it has ended.
  const begins = Math.max(Date.now(), ended + each);
  let [last, longest] = [0, 0];
  const arrived = () => {
    if (last > 0) longest = Math.max(longest, Date.now() - last);
    last = Date.now();
  };
  const sent = letters.flatMap((letter, index) => {
    const key = { ...keyOf(letter), timestamp: (begins + index * each) / 1_000 };
    return [
      keys.send('Input.dispatchKeyEvent', { type: 'keyDown', ...key }).then(arrived),
      keys.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key, text: undefined }),
    ];
  });
  await Promise.all(sent);
  ended = begins + letters.length * each;
  if (ended > Date.now()) await new Promise((done) => setTimeout(done, ended - Date.now()));
  await keys.detach();
  return longest;
}
