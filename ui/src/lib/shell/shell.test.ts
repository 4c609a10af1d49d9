import { describe, expect, test } from 'vitest';
import type { ApiError } from '../ipc/types/ApiError';
import type { SourceFreshness } from '../ipc/types/SourceFreshness';
import type { SyncStatus } from '../ipc/types/SyncStatus';
import { asOfWords, deliveryWords, fillingWords, keptWords, troubleWords } from './banner-words';
import { storageTitle } from './trouble-words';

const now = Date.parse('2026-11-20T20:10:00Z');
const plain = (text: string) => text.replaceAll('\u202f', ' ');
const source = (change: Partial<SourceFreshness>): SourceFreshness => ({
  source: 'main',
  kind: 'square',
  last_success: '2026-11-20T19:05:00Z',
  last_attempt: '2026-11-20T20:08:00Z',
  state: 'offline',
  since: '2026-11-20T19:05:00Z',
  trouble: null,
  ...change,
});

describe('words of the shell', () => {
  test('offline says since when, and what works', () => {
    expect(plain(troubleWords(source({}), now, 'America/Chicago'))).toBe(
      'Square: offline since 1:05 PM. Everything here still works.',
    );
    expect(plain(troubleWords(source({ since: '2026-11-17T19:05:00Z' }), now, 'America/Chicago'))).toContain(
      'since Nov 17, 1:05 PM',
    );
  });
  test('fresh and stale need no words of trouble', () => {
    expect(troubleWords(source({ state: 'fresh' }), now, 'UTC')).toBe('');
    expect(troubleWords(source({ state: 'stale' }), now, 'UTC')).toBe('');
  });
  const full: ApiError = {
    code: 'STORE_DISK_FULL',
    message: 'Local storage: the disk is full.',
    hint: '',
    retryable: true,
  };
  const shop = (sources: SourceFreshness[], storage_problem: ApiError | null = null) => ({
    freshness: { sources, waiting: 0, syncing: false },
    storage_problem,
  });
  test('figures that are behind say as of when', () => {
    const of = (...sources: SourceFreshness[]) => plain(asOfWords(shop(sources), now, 'America/Chicago'));
    expect(of(source({ state: 'fresh' }))).toBe('');
    const evening = source({ state: 'stale', last_success: '2026-11-20T05:23:00Z' });
    expect(of(evening), 'yesterday evening is told with its day').toBe(' · sales as of Nov 19, 11:23 PM');
    expect(of(source({ state: 'never', last_success: null }))).toBe('');
    expect(of(source({}), source({ state: 'stale', last_success: '2026-11-20T18:00:00Z' })), 'the oldest counts').toBe(
      ' · sales as of 12:00 PM',
    );
  });
  test('what cannot be stored is told with its time, however well the source is', () => {
    const stuck = shop([source({ state: 'fresh' })], full);
    expect(plain(asOfWords(stuck, now, 'America/Chicago'))).toBe(' · sales as of 1:05 PM');
    expect(plain(keptWords(stuck, now, 'America/Chicago'))).toBe('Nothing new is kept since 1:05 PM.');
    expect(keptWords(shop([source({ last_success: null })], full), now, 'UTC')).toBe('Nothing new is kept.');
    expect(keptWords(shop([source({})]), now, 'UTC')).toBe('');
    expect(storageTitle(full)).toBe('The disk of this computer is full.');
    expect(storageTitle({ ...full, code: 'STORE_CLOSED', message: 'Local storage: the buffer is closed.' })).toBe(
      'The buffer is closed.',
    );
  });
  test('deliveries: every row, those that wait, those that were refused', () => {
    const status = (change: object, dead = 0) =>
      ({ warehouse_configured: true, warehouse_trouble: null, tables: [{ dead }], ...change }) as unknown as SyncStatus;
    const refusal = { ...full, code: 'BIGQUERY_DENIED', retryable: false };
    for (const [waiting, known, state, words] of [
      [0, undefined, 'fresh', 'has every row'],
      [42, undefined, 'waiting', '42 rows waiting'],
      [0, status({}), 'fresh', 'has every row'],
      [0, status({}, 1), 'refused', 'refused 1 row, has all others'],
      [2, status({}, 3), 'refused', 'refused 3 rows, 2 rows waiting'],
      [2, status({ warehouse_trouble: full }), 'waiting', '2 rows waiting'],
      [2, status({ warehouse_trouble: refusal }, 3), 'failing', 'refuses Backroom, 2 rows waiting'],
      [0, status({ warehouse_configured: false }), 'none', 'not connected'],
      [5, status({ warehouse_configured: false }), 'none', 'not connected, 5 rows waiting'],
    ] as const) {
      expect(deliveryWords(waiting, known)).toEqual({ state, words });
    }
  });
  test('filling in', () => {
    expect(
      fillingWords({ today_complete: true, complete_since: null, percent: 41, rows: 41_200, seconds_left: 40 }),
    ).toBe('Today is complete. Two years are filling in: 41%, 41,200 payments, about 40 s to go.');
    expect(fillingWords({ today_complete: false, complete_since: null, percent: 0, rows: 0, seconds_left: null })).toBe(
      'Today comes first. Two years are filling in: 0%, 0 payments.',
    );
  });
});
