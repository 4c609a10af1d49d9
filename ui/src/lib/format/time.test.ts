import { describe, expect, test } from 'vitest';
import {
  addDays,
  addMonths,
  ago,
  clock,
  day,
  daysBetween,
  hourName,
  isDay,
  lastOfMonth,
  monday,
  wall,
  weekday,
} from './time';

describe('business days', () => {
  test.each([
    ['2026-02-28', 1, '2026-03-01'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-03-08', 1, '2026-03-09'],
    ['2026-11-01', -1, '2026-10-31'],
  ])('%s and %i days is %s', (from, days, to) => {
    expect(addDays(from, days), 'a day with a clock change is one day like any other').toBe(to);
  });

  test('both ends count', () => expect(daysBetween('2026-11-16', '2026-11-20')).toBe(5));
  test('weeks begin on Monday', () => {
    expect(weekday('2026-11-22')).toBe(6);
    expect(monday('2026-11-22')).toBe('2026-11-16');
    expect(monday('2026-11-16')).toBe('2026-11-16');
  });
  test('months have their own ends', () => {
    expect(lastOfMonth('2028-02-10')).toBe('2028-02-29');
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-01');
    expect(addMonths('2026-01-31', -1)).toBe('2025-12-01');
  });
  test('only real days are days', () => {
    expect([isDay('2026-11-20'), isDay('2026-13-01'), isDay('today'), isDay(null)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
  test('words', () => {
    expect(day('2026-11-20', 'long')).toBe('Friday, November 20');
    expect(day('2026-11-20')).toBe('Fri, Nov 20');
    expect(day('2025-11-20', 'short', '2026-01-01')).toBe('Nov 20, 2025');
    expect(day('2026-11-20', 'short', '2026-01-01')).toBe('Nov 20');
  });
});

describe('the shop’s wall clock', () => {
  test.each([
    ['2026-11-20T20:10:00Z', 'America/Chicago', 14, 10],
    ['2026-11-01T06:30:00Z', 'America/Chicago', 1, 30],
    ['2026-11-01T07:30:00Z', 'America/Chicago', 1, 30],
    ['2026-07-01T05:00:00Z', 'America/Chicago', 0, 0],
    ['2026-07-01T18:15:00Z', 'Asia/Kolkata', 23, 45],
  ])('%s in %s', (instant, zone, hour, minute) => expect(wall(instant, zone)).toEqual({ hour, minute }));

  test('an unknown zone falls back to UTC', () => expect(wall('2026-11-20T20:10:00Z', 'Mars/Olympus').hour).toBe(20));
  test('twelve hours', () => {
    expect(clock('2026-11-20T20:10:00Z', 'America/Chicago')).toMatch(/^2:10\sPM$/);
    expect([0, 9, 12, 23].map((hour) => hourName(hour))).toEqual(['12 AM', '9 AM', '12 PM', '11 PM']);
  });
  test('age', () => {
    const now = Date.parse('2026-11-20T20:10:00Z');
    const of = (minutes: number) => ago(new Date(now - minutes * 60_000).toISOString(), now);
    expect([of(0), of(3), of(59), of(60), of(47 * 60), of(72 * 60), of(-5)]).toEqual([
      'just now', '3 min ago', '59 min ago', '1 h ago', '47 h ago', '3 days ago', 'just now',
    ]); // prettier-ignore
  });
});
