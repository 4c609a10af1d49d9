import { describe, expect, test } from 'vitest';
import { exponentOf, money, plainMoney, shortMoney, signedMoney } from './money';

describe('money', () => {
  test.each([
    [0, 'USD', '$0.00'],
    [5, 'USD', '$0.05'],
    [123_456, 'USD', '$1,234.56'],
    [-123_456, 'USD', '($1,234.56)'],
    [100_000_000, 'USD', '$1,000,000.00'],
    [1_234, 'JPY', '¥1,234'],
    [1_234, 'KWD', 'KWD\u00a01.234'],
    [-7, 'KWD', '(KWD\u00a00.007)'],
    [1_050, 'MXN', '$10.50'],
  ])('%i %s is %s', (minor, currency, text) => {
    expect(money(minor, currency)).toBe(text);
  });

  test('the largest integer keeps its last cent', () => {
    expect(plainMoney(Number.MAX_SAFE_INTEGER, 'USD'), 'digits are cut, never divided').toBe('90,071,992,547,409.91');
  });

  test('an unknown currency is shown by its code with two decimals', () => {
    expect(exponentOf('??')).toBe(2);
    expect(money(150, '??')).toContain('1.50');
  });

  test.each([
    [24_000, '+$240.00'],
    [-24_000, '−$240.00'],
    [0, '±$0.00'],
  ])('a difference of %i reads %s', (minor, text) => {
    expect(signedMoney(minor, 'USD')).toBe(text);
  });

  test.each([
    [0, '$0'],
    [99_900, '$999'],
    [99_960, '$1k'],
    [125_000, '$1.3k'],
    [12_000_000, '$120k'],
    [250_000_000, '$2.5M'],
    [-125_000, '−$1.3k'],
  ])('%i on an axis is %s', (minor, text) => {
    expect(shortMoney(minor, 'USD')).toBe(text);
  });
});
