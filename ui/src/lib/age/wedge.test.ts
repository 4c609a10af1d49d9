import { describe, expect, test } from 'vitest';
import { usual, Wedge, type WedgeSettings } from './wedge';

/** An invented card; the number and the name are nobody's. */
const CARD =
  '@\n\u001e\rANSI 636015080002DL00410092ZT01330012DLDAQ00000001\nDCSSAMPLE\nDDEN\nDACTESTINA\nDBB01021990\nDBA01022030\nDBD01022022\nDCGUSA\rZTZTA\n\r';

/** Everything that keys become, each `each` ms after the one before, with a silence at the end. */
function play(change: Partial<WedgeSettings>, ...strokes: [text: string, start: number, each: number][]) {
  const wedge = new Wedge({ ...usual, ...change });
  const keys = strokes.flatMap(([text, start, each]) => [...text].map((one, n) => [one, start + n * each] as const));
  const steps = keys.flatMap(([one, at]) => wedge.character(one, at));
  steps.push(...wedge.silence((keys.at(-1)?.[1] ?? 0) + 10_000));
  const of = (is: string) => steps.flatMap((step) => ('text' in step && step.is === is ? [step.text] : []));
  return {
    scans: of('scanned'),
    typed: of('typed'),
    dropped: steps.filter(({ is }) => is === 'dropped').length,
    wedge,
  };
}

describe('a scanner', () => {
  const inverted = [...CARD].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join('');
  const forms: [string, string, Partial<WedgeSettings>][] = [
    ['as the standard writes it', CARD, {}],
    ['with Caps Lock', inverted, {}],
    ['with its controls lost', CARD.replaceAll('\n', '').replaceAll('\u001e', ''), {}],
    ['with Enter for each line feed', CARD.replaceAll('\n', '\r'), {}],
    ['without its first line', CARD.slice(CARD.indexOf('ANSI')), {}],
    ['of a stripe', '%TXAUSTIN^DOE$JANE^?;636015X1=310219850228?', {}],
  ];
  for (const each of [0, 4, 30]) {
    test.each(forms)(`is taken whole %s, ${each} ms a key`, (_, text, change) => {
      const { scans, typed, dropped } = play(change, [text, 5_000, each]);
      expect(scans).toEqual([text]);
      expect(typed, 'nothing lands in a field').toEqual([]);
      expect(dropped).toBe(0);
    });
  }
  test('its prefix and suffix are taken off', () => {
    expect(play({ prefix: '~ID>', suffix: '#END\n' }, [`~ID>${CARD}#END\n`, 0, 4]).scans).toEqual([CARD]);
    expect(
      play({ prefix: '~ID>', suffix: '#END' }, [`~ID>0123#END`, 0, 4]).scans,
      'a prefix makes any code one',
    ).toEqual(['0123']);
    expect(play({ suffix: '#END' }, [`${CARD}#ENDxyz`, 0, 4]), 'a suffix that can be seen ends it').toMatchObject({
      scans: [CARD],
      dropped: 3,
    });
    expect(play({ suffix: '\n' }, [`${CARD}\n`, 0, 4]).scans, 'an Enter also parts elements').toEqual([CARD]);
  });
  test('two cards are two scans where a pause parts them, and one text where none does', () => {
    const length = CARD.length * 5;
    expect(play({}, [CARD, 0, 5], [CARD, length + 2_000, 5]).scans).toHaveLength(2);
    expect(play({}, [CARD, 0, 5], [CARD, length + 20, 5]).scans).toEqual([CARD + CARD]);
    expect(play({}, [CARD, 0, 5], [CARD, length + 300, 5])).toMatchObject({ scans: [CARD, CARD], typed: [] });
  });
  test('what is far longer than a card ends by itself', () => {
    expect(play({}, [CARD + 'A'.repeat(5_000), 0, 1]).scans[0]).toHaveLength(4_097);
  });
  test('half a scan is a scan: it is answered, not typed', () => {
    expect(play({}, [CARD.slice(0, 60), 0, 4])).toMatchObject({ scans: [CARD.slice(0, 60)], typed: [] });
  });
});

describe('a person', () => {
  test.each([
    ['blue lighter', 120],
    ['jane@example.com', 90],
    ['ansi c and aamva', 80],
    ['50% off; 6 left', 70],
    ['@@@@', 200],
    ['0123456789012', 12],
  ])('types %s, and every letter arrives in its order', (text, each) => {
    const { scans, typed, dropped } = play({}, [text, 0, each]);
    expect(typed.join('')).toBe(text);
    expect(scans).toEqual([]);
    expect(dropped).toBe(0);
  });
  test('where an ID is awaited every fast code is one, and typing stays typing', () => {
    for (const text of ['https://example.com/menu', '0123456789012']) {
      expect(play({ anyCode: true }, [text, 0, 10])).toMatchObject({ scans: [text], typed: [] });
    }
    const typed = play({ anyCode: true }, ['a person types', 0, 110]);
    expect([typed.scans, typed.typed.join('')]).toEqual([[], 'a person types']);
  });
});

describe('the detector', () => {
  test('a key without a character is the scanner’s inside a scan, and no silence', () => {
    const wedge = new Wedge(usual);
    [...'@\rANSI 636015'].forEach((one, n) => wedge.character(one, n * 10));
    expect(wedge.busy).toBe(true);
    for (let at = 200; at < 600; at += 100) expect(wedge.key(at)).toEqual([]);
    expect(wedge.awaits).toBe(usual.silence);
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
