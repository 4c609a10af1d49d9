import { describe, expect, test } from 'vitest';
import type { AgeVerdict } from '../ipc/types/AgeVerdict';
import { tones } from './sound';
import { colourOf, documentName, expiryWords, goodsName, markMeant, markShown, plain, typedDay } from './words';

describe('words of ID checks', () => {
  test.each([
    ['1990-02-03', '1990-02-03'],
    ['2/3/1990', '1990-02-03'],
    ['02031990', '1990-02-03'],
    ['02-03-1990', '1990-02-03'],
    [' 2 3 1990 ', '1990-02-03'],
    ['02/29/2024', '2024-02-29'],
    ['02/29/2023', null],
    ['13/01/1990', null],
    ['2/3/90', null],
    ['', null],
    ['tomorrow', null],
  ])('%j is the day %j', (typed, day) => expect(typedDay(typed)).toBe(day));
  test.each([
    [-400, 'expired 400 days ago'],
    [-1, 'expired yesterday'],
    [0, 'today is its last day'],
    [1, 'valid 1 more day'],
    [59, 'valid 59 more days'],
    [900, 'valid'],
  ])('%d days to expiry: %s', (days, says) => expect(expiryWords(days)).toBe(says));
  test('a verdict that is not known is a look at the card', () => {
    const of = (verdict: string) => colourOf({ verdict } as AgeVerdict);
    expect([of('green'), of('red'), of('amber'), of('blue'), of('')]).toEqual([
      'green',
      'red',
      'amber',
      'amber',
      'amber',
    ]);
  });
  test('codes in words', () => {
    expect([goodsName('vapor'), goodsName('snuff'), documentName('military_id'), plain('under_age')]).toEqual([
      'Vapor',
      'Snuff',
      'Military ID',
      'Under age',
    ]);
  });
  test('a mark is typed and shown alike', () => {
    for (const mark of ['', '~', '#END', '~\n', '\t']) expect(markMeant(markShown(mark)), mark).toBe(mark);
  });
  test('each verdict sounds otherwise', () => {
    const notes = Object.values(tones).map((all) => all.map(([hertz]) => hertz).join(' '));
    expect(new Set(notes).size).toBe(3);
  });
});
