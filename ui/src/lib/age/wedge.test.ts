import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { usual, Wedge, type WedgeSettings } from './wedge';

type Strokes = [text: string, start: number, each: number];
interface Case {
  name: string;
  settings?: { prefix?: string; suffix?: string; any_code?: boolean };
  keys: Strokes[];
  scans: string[];
  typed: string;
  dropped?: number;
}

/** What the detector of the engine is held against as well: they must agree on every one. The cards are nobody's. */
const TABLE = new URL('../../../../src-tauri/crates/age/tests/it/wedge.json', import.meta.url);
const table: { card: string; other: string; inverted: string; cases: Case[] } = JSON.parse(readFileSync(TABLE, 'utf8'));
const CARD = table.card;

/** Everything that keys become, each `each` ms after the one before, with a silence at the end. */
function play(change: Partial<WedgeSettings>, ...strokes: Strokes[]) {
  const wedge = new Wedge({ ...usual, ...change });
  // No text: so far nothing has come, says whoever has the clock.
  const steps = strokes.flatMap(([text, start, each]) =>
    text === '' ? wedge.silence(start) : [...text].flatMap((one, n) => wedge.character(one, start + n * each)),
  );
  const [text, start, each] = strokes.at(-1) ?? ['', 0, 0];
  steps.push(...wedge.silence(start + text.length * each + 10_000));
  const of = (is: string) => steps.flatMap((step) => ('text' in step && step.is === is ? [step.text] : []));
  return {
    scans: of('scanned'),
    typed: of('typed').join(''),
    dropped: steps.filter(({ is }) => is === 'dropped').length,
  };
}

describe('both detectors agree on', () => {
  const whole = (text: string) =>
    text.replaceAll(/\{(card|other|inverted)\}/g, (_, name: 'card' | 'other' | 'inverted') => table[name]);
  expect(table.cases.length).toBeGreaterThanOrEqual(35);
  test.each(table.cases)('$name', ({ settings = {}, keys, scans, typed, dropped }) => {
    const { any_code, ...marks } = settings;
    const strokes = keys.map(([text, start, each]): Strokes => [whole(text), start, each]);
    const became = play({ ...marks, anyCode: any_code ?? false }, ...strokes);
    expect(became).toMatchObject({ scans: scans.map(whole), typed, ...(dropped === undefined ? {} : { dropped }) });
  });
});

describe('the detector', () => {
  test('what is far longer than a card ends by itself', () => {
    expect(play({}, [CARD + 'A'.repeat(5_000), 0, 1]).scans[0]).toHaveLength(4_097);
  });
  test('a key without a character is the scanner’s inside a scan, and no silence', () => {
    const wedge = new Wedge(usual);
    [...'@\rANSI 636015'].forEach((one, n) => wedge.character(one, n * 10));
    expect(wedge.busy).toBe(true);
    for (let at = 200; at < 600; at += 100) expect(wedge.key(at)).toEqual([]);
    expect(wedge.awaits).toBe(usual.silence);
  });
  test('of a scan that has ended nothing is held for longer than its tail', () => {
    const wedge = new Wedge(usual);
    [...CARD].forEach((one, n) => wedge.character(one, n));
    const end = CARD.length - 1 + usual.silence;
    expect(wedge.forgets).toBeUndefined();
    wedge.silence(end);
    expect(wedge.forgets).toBe(usual.tail);
    expect(wedge.silence(end + usual.tail)).toEqual([]);
    expect([wedge.forgets, wedge.busy]).toEqual([undefined, false]);
    expect(wedge.character('x', end - 1), 'a key that comes so late is a person’s').toMatchObject([{ is: 'typed' }]);
  });
  test('a clock that goes back is no pause', () => {
    const wedge = new Wedge(usual);
    for (const one of '@\rANSI 6360') wedge.character(one, 100);
    expect(wedge.character('1', 50)).toEqual([{ is: 'held' }]);
  });
  test('what cannot begin a scan is not held at all', () => {
    const wedge = new Wedge(usual);
    for (const one of ['b', '7', '\n', '\t', ' ']) expect(wedge.opens(one), one).toBe(false);
    for (const one of ['@', 'a', '%', ';']) expect(wedge.opens(one), one).toBe(true);
  });
  test('after a scan its tail is nobody’s, and then typing is typing again', () => {
    const wedge = new Wedge(usual);
    [...CARD].forEach((one, n) => wedge.character(one, n));
    const end = CARD.length;
    expect(wedge.silence(end + usual.silence)).toMatchObject([{ is: 'scanned' }]);
    expect(wedge.busy, 'an Enter may still come').toBe(true);
    expect(wedge.character('\r', end + usual.silence + 10)).toEqual([{ is: 'dropped' }]);
    expect(wedge.owns(end + usual.silence + 300), 'Escape is a person’s').toBe(false);
    expect(wedge.key(end + usual.silence + 300)).toEqual([]);
    expect(wedge.character('x', end + usual.tail - 10), 'still its tail').toEqual([{ is: 'dropped' }]);
    expect(wedge.character('x', end + usual.tail + 90), 'whoever goes on typing types').toMatchObject([
      { is: 'typed' },
    ]);
    expect(wedge.silence(end + 2_000), 'nothing of it comes back').toEqual([]);
    expect(wedge.busy).toBe(false);
  });
});
