import { describe, expect, it } from 'vitest';
import type { SourceConnection } from '../ipc/types/SourceConnection';
import type { SignInState } from '../ipc/types/SignInState';
import { countdown, daysLeft, endsSoon, inDays, isHttps, isId, needsPage, signInOf, wayOf } from './ways';

const source = (more: Partial<SourceConnection>): SourceConnection => ({
  name: 'main', kind: 'square', base_url: '', connected: false, client_id: '', redirect: '', signed_in: null, token_ends_at: null, probe: null, trouble: null, ...more,
}); // prettier-ignore
const waiting: SignInState = {
  name: 'main',
  kind: 'square',
  address: '',
  comes_back_here: true,
  until: '',
  trouble: null,
};
const now = new Date('2026-11-20T10:00:00Z').getTime();
const after = (ms: number) => new Date(now + ms).toISOString();
const DAY = 86_400_000;

describe('how a point of sale is connected', () => {
  it('begins with the usual way of its kind', () => {
    expect(wayOf('square', undefined, false)).toBe('token');
    expect(wayOf('lightspeed_r', undefined, false)).toBe('sign-in');
  });
  it('stays with the way it was connected by', () => {
    expect(wayOf('square', source({ connected: true, client_id: 'a' }), false)).toBe('sign-in');
    expect(wayOf('lightspeed_r', source({ kind: 'lightspeed_r', connected: true }), false)).toBe('token');
  });
  it('shows a sign-in that waits', () => expect(wayOf('square', source({ connected: true }), true)).toBe('sign-in'));
  it('knows whose a sign-in is', () => {
    expect(signInOf(waiting, 'square', 'main')).toBe(waiting);
    expect(signInOf(waiting, 'square', 'other')).toBeNull();
    expect(signInOf(waiting, 'lightspeed_r', 'main')).toBeNull();
    expect(signInOf(null, 'square', 'main')).toBeNull();
  });
  it.each([
    ['square', undefined, true],
    ['square', 'https://connect.squareup.com', true],
    ['square', 'https://connect.squareupsandbox.com', false],
    ['square', 'http://127.0.0.1:4010', false],
    ['lightspeed_r', undefined, false],
  ])('%s at %s has to be told of a page: %s', (kind, address, page) => expect(needsPage(kind, address)).toBe(page));
});

describe('how long', () => {
  it.each([
    [300_000, '5:00'],
    [272_400, '4:33'],
    [61_000, '1:01'],
    [9_000, '0:09'],
    [1, '0:01'],
    [0, '0:00'],
    [-5_000, '0:00'],
  ])('%i ms are %s', (left, words) => expect(countdown(after(left), now)).toBe(words));
  it.each([
    [90 * DAY, 'in 90 days', false],
    [14 * DAY, 'in 14 days', false],
    [14 * DAY - 1, 'in 13 days', true],
    [DAY, 'in 1 day', true],
    [DAY - 1, 'in less than a day', true],
    [-DAY, 'in less than a day', true],
  ])('an access that ends in %i ms ends %s', (left, words, soon) => {
    expect(inDays(after(left), now)).toBe(words);
    expect(endsSoon(after(left), now)).toBe(soon);
  });
  it('is never less than nothing', () => expect(daysLeft(after(-3 * DAY), now)).toBe(0));
});

describe('what is typed', () => {
  it.each([
    ['sq0idp-BackroomSandbox01', true],
    [' sq0idp-BackroomSandbox01 ', true],
    ['two words', false],
    ['', false],
    ['ä', false],
    ['a'.repeat(401), false],
  ])('“%s” as an application’s id: %s', (text, good) => expect(isId(text)).toBe(good));
  it.each([
    ['https://shop.example.com/connected.html', true],
    ['http://shop.example.com/connected.html', false],
    ['shop.example.com', false],
    ['javascript:alert(1)', false],
    ['', false],
  ])('“%s” as a page: %s', (text, good) => expect(isHttps(text)).toBe(good));
});
