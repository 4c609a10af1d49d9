import { describe, expect, it } from 'vitest';
import type { UpdateStatus } from '../ipc/types/UpdateStatus';
import { noticeOf, percent, stateWords } from './words';

const zone = 'America/Chicago';
const now = new Date('2026-01-28T20:00:00Z').getTime();
const status: UpdateStatus = {
  version: '0.1.0',
  state: 'none',
  unavailable: null,
  channel: 'stable',
  checked_at: '2026-01-28T15:00:00Z',
  offer: null,
  done_bytes: null,
  installs_at: null,
  by_hand: false,
  later_until: null,
  failed: null,
  failed_at: null,
  updated: null,
  previous: null,
};
const offer = { version: '0.2.0', notes: ['Raffles'], size_bytes: 20_000_000, released_at: '2026-01-27T15:00:00Z' };

describe('the words of an update', () => {
  it('says where it stands and when it goes in', () => {
    const words = (change: Partial<UpdateStatus>) => stateWords({ ...status, ...change }, now, zone);
    expect(words({})).toBe('Nothing newer. Backroom last asked at 9:00 AM, and asks once a day.');
    expect(words({ checked_at: null })).toContain('has not asked yet');
    expect(words({ state: 'not_yet', offer })).toContain('Version 0.2.0 is given out step by step');
    expect(words({ state: 'ready', offer, installs_at: '2026-01-29T04:00:00Z' })).toBe(
      'Version 0.2.0 is here. It goes in at 10:00 PM, after closing.',
    );
    expect(words({ state: 'ready', offer, by_hand: true })).toContain('asks for a password');
    expect(words({ state: 'ready', offer })).toContain('never closes');
  });

  it('tells how much is here', () => {
    expect(percent({ ...status, offer, done_bytes: 5_000_000 })).toBe(25);
    expect(percent(status)).toBe(0);
  });

  it('says above every screen only what somebody has to know', () => {
    const updated = { from: '0.1.0', to: '0.2.0', notes: [], at: '2026-01-28T04:00:00Z', wrong: null };
    const wrong = { code: 'UPDATE_SELF_CHECK', message: 'x', hint: 'y', retryable: false };
    expect(noticeOf(undefined)).toBeNull();
    expect(noticeOf(status)).toBeNull();
    expect(noticeOf({ ...status, state: 'downloading', offer })).toBeNull();
    expect(noticeOf({ ...status, state: 'ready', offer })).toBe('ready');
    expect(noticeOf({ ...status, state: 'ready', offer, later_until: '2026-01-30T04:00:00Z' })).toBeNull();
    expect(noticeOf({ ...status, updated })).toBe('updated');
    expect(noticeOf({ ...status, updated: { ...updated, wrong } })).toBe('unwell');
  });
});
