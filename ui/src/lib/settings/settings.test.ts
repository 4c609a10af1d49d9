import { describe, expect, test } from 'vitest';
import type { Settings } from '../ipc/types/Settings';
import { amountFault, draftOf, minutesOf, nameFault, spanName, spans, spell, timeName, timeOf } from './draft';
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
  shop_name: 'Cloud & Ember',
  raw_days: 365,
  receipt_days: 730,
  audit_days: 0,
  kept: {
    raw: { rows: 0, oldest: null },
    receipts: { rows: 0, oldest: null },
    audit: { rows: 0, oldest: null },
  },
  locations: [],
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
      shop_name: null,
      raw_days: null,
      receipt_days: null,
      audit_days: null,
      locations: null,
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
  test('how long something is kept is chosen from a few, and from what is set', () => {
    expect([90, 365, 730, 2_555, 0, 400].map(spanName)).toEqual([
      '90 days',
      '1 year',
      '2 years',
      '7 years',
      'For ever',
      '400 days',
    ]);
    expect(spans(365).map(({ days }) => days)).toEqual([90, 180, 365, 730, 2_555, 0]);
    expect(spans(400).map(({ days }) => days)).toEqual([90, 180, 365, 400, 730, 2_555, 0]);
    expect(spans(0).at(-1)?.name).toBe('For ever');
  });
  test('a name has sixty letters at most', () => {
    expect(['', 'Downtown', 'é'.repeat(60)].map(nameFault)).toEqual(['', '', '']);
    expect(nameFault('x'.repeat(61))).not.toBe('');
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
