import { describe, expect, test } from 'vitest';
import { drillName, drillParams, readDrill } from './drill';

const read = (search: string) => readDrill(new URLSearchParams(search));

describe('from a number to its receipts', () => {
  test.each([
    ['', {}, 'everything'],
    ['method=CASH', { method: 'CASH' }, 'a payment method'],
    ['weekday=4&hour=17', { weekday: 4, hour: 17 }, 'a cell of the week'],
    ['weekday=7&hour=24', {}, 'no such weekday, no such hour'],
    ['weekday=-1&hour=x', {}, 'junk'],
    ['item=V1&name=Papers&method=CASH', { item: 'V1', name: 'Papers' }, 'an item stands alone'],
    ['item=', { item: '' }, 'what was typed in by hand has no id'],
    ['category=C1&name=Edibles', { category: 'C1', name: 'Edibles' }, 'a category'],
    ['name=Edibles', {}, 'a name alone is nothing'],
  ])('%s', (search, drill, why) => {
    expect(read(search), why).toEqual(drill);
    expect(read(new URLSearchParams(drillParams(drill)).toString()), `${why}, there and back`).toEqual(drill);
  });

  test('names', () => {
    expect(drillName({})).toBe('');
    expect(drillName({ weekday: 4, hour: 23 })).toMatch(/^Fri.*, 11.* to 12/);
    expect(drillName({ category: 'C1', name: 'Edibles' })).toBe('Edibles');
  });
});
