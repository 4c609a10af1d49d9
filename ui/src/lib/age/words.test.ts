import { describe, expect, test } from 'vitest';
import type { AgeVerdict } from '../ipc/types/AgeVerdict';
import { settings } from '../mock/age';
import { tones } from './sound';
import {
  colourOf,
  documentName,
  expiryWords,
  goodsName,
  markMeant,
  markShown,
  plain,
  sameSettings,
  typedDay,
} from './words';

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
  test('settings are the same in whatever order their fields came', () => {
    const age = { product_class: 'hemp', state: null, from: '2026-01-01', minimum_age: 22, note: 'counsel' };
    const reversed = <T extends object>(value: T) => Object.fromEntries(Object.entries(value).reverse()) as T;
    const one = { ...settings, ages: [age] };
    expect(sameSettings(one, reversed({ ...one, ages: [reversed(age)] }))).toBe(true);
    expect(sameSettings(one, settings)).toBe(false);
    expect(sameSettings(one, { ...one, ages: [{ ...age, minimum_age: 23 }] })).toBe(false);
    expect(sameSettings(one, { ...one, state: 'OH' })).toBe(false);
  });
  test('each verdict sounds otherwise', () => {
    const notes = Object.values(tones).map((all) => all.map(([hertz]) => hertz).join(' '));
    expect(new Set(notes).size).toBe(3);
  });
});
