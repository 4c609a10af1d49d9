import { expect, test } from 'vitest';
import { heatLevel, hoursShown } from './heat';
import { busy, every, linear, ticks } from './scale';

test.each([
  [0, 0, [0]],
  [0, 859_356, [0, 250_000, 500_000, 750_000, 1_000_000]],
  [-30, 95, [-50, 0, 50, 100]],
  [20, 95, [0, 25, 50, 75, 100]],
])('ticks of %i to %i start at zero or below', (low, high, marks) => expect(ticks(low, high)).toEqual(marks));

test('a scale maps its ends', () => {
  const scale = linear([0, 10], [100, 0]);
  expect([scale(0), scale(5), scale(10)]).toEqual([100, 50, 0]);
  expect(linear([3, 3], [0, 1])(3), 'an empty range is no division by zero').toBe(0);
});

test('busy hours have a margin and a least length', () => {
  const hours = Array.from({ length: 24 }, (_, index) => index >= 5 && index <= 17);
  expect(busy(hours)).toEqual([4, 18]);
  expect(busy(Array.from({ length: 24 }, () => false))).toEqual([0, 23]);
  expect(busy(Array.from({ length: 24 }, (_, index) => index === 23))).toEqual([16, 23]);
  expect(busy([true, true]), 'shorter than the least length').toEqual([0, 1]);
});

test('labels stay apart', () => expect([every(7, 700, 46), every(31, 700, 46)]).toEqual([1, 3]));

test('heat', () => {
  expect([0, 1, 20, 99, 100, -5].map((value) => heatLevel(value, 100))).toEqual([0, 1, 2, 5, 5, 0]);
  expect(heatLevel(5, 0)).toBe(0);
  const cells = [9, 10, 1].map((hour) => ({ weekday: 4, hour, net_minor: 1, transactions: 1 }));
  expect(hoursShown(cells, 4), 'one o’clock in the night belongs to the end of the business day').toEqual([
    8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2,
  ]);
});
