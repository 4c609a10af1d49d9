import { describe, expect, test } from 'vitest';
import type { SourceFreshness } from '../ipc/types/SourceFreshness';
import { attentionLink, emptyWords } from './words';

const shop = (state: SourceFreshness['state'], filling: boolean | null = null) => ({
  first_run: false,
  filling:
    filling === null
      ? null
      : { today_complete: filling, complete_since: null, percent: 10, rows: 5, seconds_left: null },
  freshness: { sources: [{ state } as SourceFreshness], waiting: 0, syncing: false },
});

describe('nothing to show says why', () => {
  test('of today', () => {
    expect(emptyWords(shop('fresh'))).toBe('No sales in this business day so far.');
    expect(emptyWords(shop('offline'))).toContain('before the connection was lost');
    expect(emptyWords(shop('fresh', false))).toBe('Today is being fetched.');
    expect(emptyWords(shop('never'))).toContain('Not synced yet');
  });
  test('of more than today nothing is said of this day', () => {
    expect(emptyWords(shop('fresh'), false)).toBe('No sales in these days.');
    expect(emptyWords(shop('offline'), false)).toBe('No sales in these days.');
    expect(emptyWords(shop('fresh', true), false)).toContain('the history is filling in');
    expect(emptyWords(shop('never'), false)).toContain('Not synced yet');
    expect(emptyWords({ ...shop('fresh'), first_run: true }, false)).toBe('No shop is connected yet.');
  });
});

test.each([
  ['sync', 'sync', 'Open Sync'],
  ['connections', 'connections', 'Open Connections'],
  ['products', 'products', 'See which'],
  ['a screen of tomorrow', 'sync', 'Open Sync'],
])('what is dealt with at %s leads to %s by a short link', (screen, view, name) =>
  expect(attentionLink({ screen })).toEqual({ view, name }),
);
