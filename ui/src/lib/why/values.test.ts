import { describe, expect, test } from 'vitest';
import type { ExplainUnit } from '../ipc/types/ExplainUnit';
import { exactDollars, valueText } from './values';

describe('a value of an explanation is told to its last digit', () => {
  test.each<[number, ExplainUnit, boolean, string]>([
    [123_456, 'money', false, '$1,234.56'],
    [-24_000, 'money', false, '($240.00)'],
    [-24_000, 'money', true, '−$240.00'],
    [0, 'money', true, '±$0.00'],
    [1_200, 'count', false, '1,200'],
    [-3, 'count', false, '−3'],
    [7, 'count', true, '+7'],
    [-7, 'count', true, '−7'],
    [0, 'count', true, '±0'],
    [1_500, 'milli', false, '1.5'],
    [-250, 'milli', false, '−0.25'],
    [999, 'bytes', false, '999 bytes'],
    [10_485_760, 'bytes', false, '10,485,760 bytes (10.5 MB)'],
    [60, 'micro_usd', false, '$0.00006'],
    [63, 'percent', false, '63 %'],
  ])('%i %s (change: %s) is %s', (value, unit, isChange, text) => {
    expect(valueText(value, unit, 'USD', isChange)).toBe(text);
  });

  test.each([
    [0, '$0.00'],
    [1, '$0.000001'],
    [60, '$0.00006'],
    [10_000, '$0.01'],
    [100_000, '$0.10'],
    [6_250_000, '$6.25'],
    [1_234_567_890, '$1,234.56789'],
    [-940_000, '−$0.94'],
  ])('%i micro-dollars are %s', (micro, text) => expect(exactDollars(micro)).toBe(text));

  test('decimals are those of the currency', () => expect(valueText(1_500, 'money', 'JPY')).toBe('¥1,500'));
});
