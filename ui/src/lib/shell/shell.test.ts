import { describe, expect, test } from 'vitest';
import type { SourceFreshness } from '../ipc/types/SourceFreshness';
import { asOfWords, fillingWords, troubleWords } from './banner-words';

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
  test('offline says since when, what works and what waits', () => {
    expect(plain(troubleWords(source({}), 42, now, 'America/Chicago'))).toBe(
      'Offline since 1:05 PM. Everything works; 42 rows wait for BigQuery.',
    );
    expect(plain(troubleWords(source({}), 1, now, 'America/Chicago'))).toContain('1 row waits');
    expect(plain(troubleWords(source({ since: '2026-11-17T19:05:00Z' }), 0, now, 'America/Chicago'))).toBe(
      'Offline since Nov 17, 1:05 PM. Everything works; nothing waits for BigQuery.',
    );
  });
  test('fresh and stale need no words of trouble', () => {
    expect(troubleWords(source({ state: 'fresh' }), 0, now, 'UTC')).toBe('');
    expect(troubleWords(source({ state: 'stale' }), 0, now, 'UTC')).toBe('');
  });
  test('figures that are behind say as of when', () => {
    const of = (...sources: SourceFreshness[]) =>
      plain(asOfWords({ sources, waiting: 0, syncing: false }, now, 'America/Chicago'));
    expect(of(source({ state: 'fresh' }))).toBe('');
    expect(of(source({ state: 'never', last_success: null }))).toBe('');
    expect(of(source({}), source({ state: 'stale', last_success: '2026-11-20T18:00:00Z' })), 'the oldest counts').toBe(
      ' · sales as of 12:00 PM',
    );
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
