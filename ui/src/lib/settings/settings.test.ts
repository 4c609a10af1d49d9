import { describe, expect, test } from 'vitest';
import type { Settings } from '../ipc/types/Settings';
import { amountFault, draftOf, minutesOf, spell, timeName, timeOf } from './draft';
import { allZones, searchZones, zoneName } from './zones';

const settings: Settings = {
  time_zone: null,
  business_day_start: '04:00',
  every_minutes: 15,
  live: false,
  daily_budget_usd: '1.00',
  customer_name: 'drop',
  customer_email: 'hash',
  customer_phone: 'hash',
  applies_at_start: true,
  freshness_seconds: 41,
};

describe('settings', () => {
  test('a section that is saved takes no other along', () => {
    expect(draftOf(settings, { live: true })).toEqual({
      time_zone: null,
      business_day_start: '04:00',
      every_minutes: 15,
      live: true,
      daily_budget_usd: '1.00',
      customer_name: 'drop',
      customer_email: 'hash',
      customer_phone: 'hash',
    });
  });
  test('minutes and amounts are looked at before they are sent', () => {
    expect(['1', '1440', ' 15 ', '0', '1441', '1.5', '', 'x', '-3'].map(minutesOf)).toEqual([
      1,
      1440,
      15,
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(['1', '1.00', '0.000001'].map(amountFault)).toEqual(['', '', '']);
    for (const bad of ['', '$1', '-1', '1,00', '1.0000001', 'much']) expect(amountFault(bad), bad).not.toBe('');
  });
  test('a time of day is read as people write it', () => {
    for (const [typed, time] of [
      ['4', '04:00'],
      ['04:30', '04:30'],
      ['4 am', '04:00'],
      ['12 AM', '00:00'],
      ['12pm', '12:00'],
      ['4:30 p.m.', '16:30'],
      ['23:59', '23:59'],
      ['24:00', null],
      ['13 pm', null],
      ['4:60', null],
      ['4:5', null],
      ['four', null],
      ['', null],
    ] as const) {
      expect(timeOf(typed), typed).toBe(time);
    }
    expect(['00:00', '04:00', '12:05', '16:30'].map(timeName)).toEqual(['12:00 AM', '4:00 AM', '12:05 PM', '4:30 PM']);
  });
  test('seconds in words', () => {
    expect([41, 60, 185].map(spell)).toEqual(['41 s', '1 min', '3 min 5 s']);
  });
});

describe('zones', () => {
  const zones = allZones();
  test('the usual ones come first, each once', () => {
    expect(zones[0]).toBe('America/New_York');
    expect(new Set(zones).size).toBe(zones.length);
    expect(zones).toContain('UTC');
  });
  test('words of a city or a continent find it, in any order', () => {
    expect(searchZones(zones, 'chic')).toEqual(['America/Chicago']);
    expect(searchZones(zones, 'new york')[0]).toBe('America/New_York');
    expect(searchZones(zones, 'indiana america').every((zone) => zone.startsWith('America/Indiana'))).toBe(true);
    expect(searchZones(zones, 'nowhere')).toEqual([]);
    expect(searchZones(zones, ' ')).toEqual(zones);
  });
  test('a zone is called by its place', () => {
    expect(['America/New_York', 'America/Indiana/Knox', 'UTC'].map(zoneName)).toEqual([
      'New York',
      'Indiana, Knox',
      'UTC',
    ]);
  });
});
