import { describe, expect, test } from 'vitest';
import type { StreamStatus } from '../ipc/types/StreamStatus';
import type { TableStatus } from '../ipc/types/TableStatus';
import { lastComplete, limitWords, queueWords, readingWords } from './words';

const now = Date.parse('2026-11-20T20:10:00Z');
const stream = (last_success: string | null) => ({ last_success }) as StreamStatus;
const table = (pending: number, dead: number) => ({ pending, dead }) as TableStatus;
const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('how the readings stand', () => {
  test.each([
    [[], null],
    [['2026-11-20T20:00:00Z', null], null],
    [['2026-11-20T20:00:00Z', '2026-11-20T19:00:00Z'], '2026-11-20T19:00:00Z'],
  ])('of %j the last complete one is %s', (ends, last) => expect(lastComplete(ends.map(stream))).toBe(last));

  const said = (ends: (string | null)[], change = {}, connected = true) =>
    plain(
      readingWords(
        { streams: ends.map(stream), running: false, next_at: '2026-11-20T20:15:00Z', every_minutes: 15, ...change },
        connected,
        now,
        'America/Chicago',
      ),
    );
  test('says when it was complete, or that it is not yet', () => {
    expect(said(['2026-11-20T20:07:00Z'])).toBe('Every 15 minutes; next at 2:15 PM. Last complete 3 min ago.');
    expect(said(['2026-11-20T20:07:00Z', null])).toBe('Every 15 minutes; next at 2:15 PM. Not complete yet.');
    expect(said([null], { running: true })).toBe('Reading from the point of sale now. Not complete yet.');
    expect(said(['2026-11-20T20:07:00Z'], { next_at: null })).toBe('Not scheduled. Last complete 3 min ago.');
  });
  test('promises no reading where nothing is connected', () =>
    expect(said([], {}, false)).toBe('Nothing is connected, so nothing is read.'));
});

describe('how the deliveries stand', () => {
  test.each([
    [[table(0, 0)], 'Every row is delivered.'],
    [[table(1, 0)], '1 row waits, safe on this PC.'],
    [[table(1_200, 0), table(3, 0)], '1,203 rows wait, safe on this PC.'],
    [[table(0, 1)], '1 row was refused and kept here; every other is delivered.'],
    [[table(2, 1), table(0, 2)], '2 rows wait, safe on this PC; 3 rows were refused and kept here.'],
  ])('%j is told', (tables, words) => expect(queueWords({ tables, warehouse_configured: true })).toBe(words));
  test.each([
    [[], 'Not connected.'],
    [[table(5, 0)], 'Not connected: rows wait on this PC.'],
  ])('without a warehouse: %j', (tables, words) =>
    expect(queueWords({ tables, warehouse_configured: false })).toBe(words),
  );
});

test.each([
  [
    0,
    60,
    'lightspeed: 0 % of the calls it allows are used; it frees 60 units a minute, and Backroom keeps below that by itself.',
  ],
  [
    100,
    1,
    'lightspeed: 100 % of the calls it allows are used; it frees 1 unit a minute, and Backroom keeps below that by itself.',
  ],
])('the level of a limit at %i percent', (percent, per_minute, words) =>
  expect(limitWords({ source: 'lightspeed', percent, per_minute })).toBe(words),
);
