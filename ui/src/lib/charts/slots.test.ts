import { describe, expect, test } from 'vitest';
import { hoursOfToday, slotName, slotPart, startMinute } from './slots';

describe('the hours of a business day', () => {
  test.each([
    ['04:00', 0],
    ['04:30', 30],
    ['00:05', 5],
  ])('a day from %s begins %i minutes past the hour', (start, minute) => expect(startMinute(start)).toBe(minute));

  test.each([
    [4, 0, 0, '4 AM', '4a'],
    [4, 0, 30, '4:30 AM', '4:30a'],
    [4, 24, 30, '4 AM', '4a'],
    [0, 0, 5, '12:05 AM', '12:05a'],
    [12, 8, 30, '12 PM', '12p'],
  ])('hour %i at place %i of a day from :%i is %s', (hour, index, minute, name, short) => {
    expect([slotName(hour, index, minute), slotName(hour, index, minute, true)]).toEqual([name, short]);
  });

  test.each([
    [0, 24, 15, 0, 0.25],
    [10, 25, 15, 30, 0.25],
    [0, 25, 45, 30, 0.5],
    [24, 25, 15, 30, 0.5],
    [0, 25, 10, 30, 0],
    [24, 25, 59, 30, 1],
  ])('hour %i of %i at minute %i of a day from :%i is over by %d', (index, slots, minute, startsAt, part) => {
    expect(slotPart(index, slots, minute, startsAt)).toBe(part);
  });
});

describe('a chart of today', () => {
  // Days begin at 4 AM; a week ago was sold from 1 PM to 8 PM.
  const hours = Array.from({ length: 24 }, (_, index) => ({
    transactions: 0,
    last_week_net_minor: index >= 9 && index <= 16 ? 5_000 : 0,
  }));
  test('begins before the hour that runs, though nothing is sold yet', () =>
    expect(hoursOfToday(hours, 3)).toEqual([2, 17]));
  test('goes on to the hour that runs after the last sale', () => expect(hoursOfToday(hours, 20)).toEqual([8, 21]));
  test('is as long as the sales where now is among them', () => {
    expect(hoursOfToday(hours, 12)).toEqual([8, 17]);
    expect(hoursOfToday(hours, null)).toEqual([8, 17]);
  });
});
