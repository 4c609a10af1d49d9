import { describe, expect, test } from 'vitest';
import { after, before, missingWords, stepOf, steps } from './steps';

const none = { sale: false, warehouse: false };
const some = { sale: true, warehouse: false };
const all = { sale: true, warehouse: true };

describe('setting up', () => {
  test('it goes on where something is left to do', () => {
    expect(stepOf(null, none, true)).toBe('shop');
    expect(stepOf(null, none, false), 'sales are there, their connection is gone').toBe('sale');
    expect(stepOf(null, some, false)).toBe('warehouse');
    expect(stepOf(null, all, false)).toBe('done');
    expect(stepOf('sale', all, false), 'a step that is asked for is shown').toBe('sale');
    expect(stepOf('elsewhere', some, false)).toBe('warehouse');
  });
  test('every step has a next, none but the first is without one before', () => {
    expect(steps.map(after)).toEqual(['sale', 'warehouse', 'done', 'done']);
    expect(steps.map(before)).toEqual([undefined, 'shop', 'sale', 'warehouse']);
  });
  test('the line in the shell is there while something is missing', () => {
    expect(missingWords(none)).toMatch(/point of sale/);
    expect(missingWords(some)).toMatch(/BigQuery/);
    expect(missingWords(all)).toBe('');
  });
});
