import { describe, expect, test } from 'vitest';
import type { ApiError } from '../ipc/types/ApiError';
import type { TableStatus } from '../ipc/types/TableStatus';
import { badge, leftWords, metByWarehouse, plainly } from './standing';

const error = (code: string, retryable: boolean): ApiError => ({ code, message: 'm', hint: 'h', retryable });
const refused = error('BIGQUERY_DENIED', false);
const down = error('HTTP_UNREACHABLE', true);

describe('how a connection stands', () => {
  test.each([
    [true, null, '', 'Connected'],
    [false, null, '', 'Not connected'],
    [true, refused, '1:05 PM', 'Needs you'],
    [false, down, '', 'Needs you'],
    [true, down, '1:05 PM', 'Connected · not reachable since 1:05 PM'],
    [true, down, '', 'Connected · not reachable'],
    [true, error('BIGQUERY_BUDGET', true), '1:05 PM', 'Connected · waiting since 1:05 PM'],
  ])('connected: %s with %j since %s is “%s”', (connected, trouble, since, words) =>
    expect(badge(connected, trouble, since).words).toBe(words),
  );
});

test('what deliveries meet with is the warehouse’s own trouble, since the first table met it', () => {
  const table = (trouble: ApiError | null, trouble_since: string | null) => ({ trouble, trouble_since }) as TableStatus;
  const tables = [
    table(null, null),
    table(refused, '2026-11-20T20:00:00Z'),
    table(refused, '2026-11-20T19:00:00Z'),
    table(down, '2026-11-20T18:00:00Z'),
  ];
  expect(metByWarehouse({ warehouse_trouble: refused, tables })).toEqual({
    error: refused,
    since: '2026-11-20T19:00:00Z',
  });
  expect(metByWarehouse({ warehouse_trouble: null, tables }), 'a table alone is not the warehouse').toBeNull();
  expect(metByWarehouse(undefined)).toBeNull();
});

test('a line that is down is told without the system’s words', () => {
  expect(plainly(down, 'BigQuery')).toEqual({ ...down, message: 'BigQuery cannot be reached from this computer.' });
  expect(plainly(refused, 'BigQuery')).toBe(refused);
});

test.each([
  [{ withdrawn: true, left: null }, 'Square is removed from this computer. The access is withdrawn there as well.'],
  [{ withdrawn: false, left: null }, 'Square is removed from this computer. Nothing is left to do.'],
  [
    { withdrawn: false, left: 'Disconnect it there.' },
    'Square is removed from this computer. One thing is left to do. Disconnect it there.',
  ],
])('what became of a removed connection: %j', (what, words) => expect(leftWords('Square', what)).toBe(words));
