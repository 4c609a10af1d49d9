import { expect, test } from 'vitest';
import { fieldMoney, typedMoney, typedPercent, typedWhole } from './amount';

test.each([
  ['12', 'USD', 1_200],
  ['12.5', 'USD', 1_250],
  ['12.', 'USD', 1_200],
  ['$1,200.00', 'USD', 120_000],
  ['0.07', 'USD', 7],
  ['1234', 'JPY', 1_234],
  ['1.234', 'KWD', 1_234],
  ['', 'USD', null],
  ['12.345', 'USD', null],
  ['1.5', 'JPY', null],
  ['-3', 'USD', null],
  ['12,50', 'USD', null],
  ['twelve', 'USD', null],
  ['99999999999999999999', 'USD', null],
])('“%s” of %s are %s minor units', (text, currency, minor) => expect(typedMoney(text, currency)).toBe(minor));

test('what a field shows is what it means', () => {
  for (const [minor, currency] of [[0, 'USD'], [7, 'USD'], [123_456, 'USD'], [12, 'JPY'], [1, 'KWD']] as const) {
    expect(typedMoney(fieldMoney(minor, currency), currency)).toBe(minor);
  }
}); // prettier-ignore

test.each([
  ['10', 1_000],
  ['12.5', 1_250],
  ['12.5 %', 1_250],
  ['100', 10_000],
  ['100.01', null],
  ['-1', null],
  ['', null],
])('“%s” percent are %s', (text, points) => expect(typedPercent(text)).toBe(points));

test.each([
  ['5', 1, 10, 5],
  ['−5', -10, 10, -5],
  ['1,000', 1, 2_000, 1_000],
  ['11', 1, 10, null],
  ['1.5', 1, 10, null],
  ['', 0, 10, null],
])('“%s” from %i to %i is %s', (text, least, most, value) => expect(typedWhole(text, least, most)).toBe(value));
