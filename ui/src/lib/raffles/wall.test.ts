import { describe, expect, test } from 'vitest';
import { instantOf, typedInstant, typedTime, typedWall } from './wall';

const CHICAGO = 'America/Chicago';

describe('instants of a wall clock', () => {
  test.each([
    ['2026-11-20', 10 * 60, CHICAGO, '2026-11-20T16:00:00.000Z', 'winter'],
    ['2026-07-01', 10 * 60, CHICAGO, '2026-07-01T15:00:00.000Z', 'summer'],
    ['2026-11-01', 90, CHICAGO, '2026-11-01T06:30:00.000Z', 'an hour that comes twice: the first'],
    ['2026-03-08', 150, CHICAGO, '2026-03-08T08:30:00.000Z', 'an hour that is left out: the one after it'],
    ['2026-03-08', 0, CHICAGO, '2026-03-08T06:00:00.000Z', 'midnight before a change'],
    ['2026-11-01', 23 * 60, CHICAGO, '2026-11-02T05:00:00.000Z', 'the evening after a change'],
    ['2026-11-20', 0, 'Asia/Kolkata', '2026-11-19T18:30:00.000Z', 'half an hour off'],
    ['2026-11-20', 0, 'UTC', '2026-11-20T00:00:00.000Z', 'no distance'],
  ])('%s and %i minutes in %s', (day, minutes, zone, instant, why) =>
    expect(instantOf(day, minutes, zone), why).toBe(instant),
  );

  test('what is shown is understood again', () => {
    for (const instant of ['2026-11-20T16:00:00.000Z', '2026-07-01T05:00:00.000Z', '2026-12-31T18:00:00.000Z']) {
      const { day, time } = typedWall(instant, CHICAGO);
      expect(typedInstant(day, time, CHICAGO)).toBe(instant);
    }
    expect(typedWall('2026-07-01T05:00:00.000Z', CHICAGO)).toEqual({ day: '07/01/2026', time: '12:00 AM' });
  });

  test.each([
    ['2 PM', 840],
    ['2:05pm', 845],
    ['14:05', 845],
    ['12 am', 0],
    ['12:00 PM', 720],
    ['9 a.m.', 540],
    ['2', null],
    ['13 PM', null],
    ['24:00', null],
    ['9:75', null],
    ['soon', null],
    ['', null],
  ])('%s', (text, minutes) => expect(typedTime(text)).toBe(minutes));

  test('half a date is no instant', () => {
    expect([typedInstant('11/20', '2 PM', CHICAGO), typedInstant('11/20/2026', '', CHICAGO)]).toEqual([null, null]);
  });
});
