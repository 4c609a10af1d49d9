import { expect, test } from 'vitest';
import { bytes, counted, microDollars, units } from './number';

test.each([
  [1_000, '1'],
  [1_500, '1.5'],
  [125, '0.125'],
  [-2_250, '−2.25'],
  [-250, '−0.25'],
  [12_345_000, '12,345'],
])('%i thousandths are %s', (milli, text) => expect(units(milli)).toBe(text));

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1_000, '1.0 kB'],
  [412_000_000, '412 MB'],
  [1_500_000_000, '1.5 GB'],
])('%i bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

test.each([
  [0, '$0.00'],
  [1, 'under $0.01'],
  [10_000, '$0.01'],
  [1_000_000, '$1.00'],
])('%i micro-dollars are %s', (value, text) => expect(microDollars(value)).toBe(text));

test('one is not many', () => {
  expect([counted(1, 'row'), counted(0, 'row'), counted(1_200, 'row')]).toEqual(['1 row', '0 rows', '1,200 rows']);
});
