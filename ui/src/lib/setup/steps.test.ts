import { describe, expect, test } from 'vitest';
import { after, before, leftAt, missingWords, stepOf, steps } from './steps';

const none = { square: false, lightspeed: false, warehouse: false };
const some = { ...none, square: true };
const all = { square: true, lightspeed: true, warehouse: true };
const fresh = { step: null, skipped: [], finished: false };

describe('setting up', () => {
  test('it goes on where it was left, or where something is left to do', () => {
    expect(stepOf(null, fresh, none)).toBe('shop');
    expect(stepOf(null, { ...fresh, step: 'lightspeed' }, some)).toBe('lightspeed');
    expect(stepOf(null, { ...fresh, step: 'square' }, some), 'connected meanwhile').toBe('lightspeed');
    expect(stepOf(null, { step: 'warehouse', skipped: ['lightspeed'], finished: false }, some)).toBe('warehouse');
    expect(stepOf(null, { step: 'done', skipped: ['lightspeed', 'warehouse'], finished: true }, some)).toBe('done');
    expect(stepOf(null, { step: 'done', skipped: ['lightspeed'], finished: true }, some)).toBe('warehouse');
    expect(stepOf(null, { ...fresh, step: 'done', finished: true }, all)).toBe('done');
    expect(stepOf('square', fresh, all), 'a step that is asked for is shown').toBe('square');
    expect(stepOf('elsewhere', fresh, all)).toBe('done');
  });
  test('every step has a next, none but the first is without one before', () => {
    expect(steps.map(after)).toEqual(['square', 'lightspeed', 'warehouse', 'done', 'done']);
    expect(steps.map(before)).toEqual([undefined, 'shop', 'square', 'lightspeed', 'warehouse']);
  });
  test('what is skipped is remembered until it is done', () => {
    const skipped = leftAt('lightspeed', fresh, 'square', true);
    expect(skipped).toEqual({ step: 'lightspeed', skipped: ['square'], finished: false });
    expect(leftAt('square', skipped, 'lightspeed', false).skipped).toEqual(['square']);
    expect(leftAt('done', skipped, 'square', false)).toEqual({ step: 'done', skipped: [], finished: true });
  });
  test('the line in the shell is there while something is missing that nobody skipped', () => {
    expect(missingWords(fresh, none)).toMatch(/point of sale/);
    expect(missingWords({ ...fresh, skipped: ['square', 'lightspeed', 'warehouse'] }, none)).toMatch(/point of sale/);
    expect(missingWords(fresh, some)).toMatch(/BigQuery/);
    expect(missingWords({ ...fresh, skipped: ['warehouse'] }, some)).toBe('');
    expect(missingWords({ step: 'lightspeed', skipped: ['warehouse'], finished: false }, some)).toMatch(/Lightspeed/);
    expect(missingWords({ ...fresh, finished: true }, all)).toBe('');
  });
});
