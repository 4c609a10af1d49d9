import { describe, expect, test } from 'vitest';
import { reads } from '../mock/members';
import { base64 } from './base64';
import { bridge } from './bridge';
import { heat, share } from './cohorts';
import { changed, startOf } from './person';
import { fieldsOf, rulesOf } from './rules-draft';
import { draftOf, newRule, tierOf } from './tier-draft';

const tiers = reads.member_tiers(null);
const told = reads.member({ id: 'demo-m000001' });

describe('a tier in its fields', () => {
  test('comes back as it was', () => {
    for (const tier of tiers) expect(tierOf(draftOf(tier, tiers), tier, tiers, 'USD')).toEqual(tier);
  });
  test('a new one stands above the others, and its discount has an id of its own', () => {
    const draft = { ...draftOf(undefined, tiers), name: 'Gold', price: '40' };
    const made = tierOf({ ...draft, rules: [{ ...newRule(), percent: '12.5' }] }, undefined, tiers, 'USD');
    if (typeof made === 'string') throw new Error(made);
    expect([made.rank, made.price_minor, made.discounts[0]?.basis_points]).toEqual([3, 4_000, 1_250]);
    const taken = tiers.flatMap((tier) => tier.discounts.map((rule) => rule.id));
    expect(taken).not.toContain(made.discounts[0]?.id);
  });
  test.each([
    [{ name: ' ' }, /a name/],
    [{ price: 'ten' }, /amount such as/],
    [{ period: 'week' }, /A period is/],
    [{ period: 'days:' }, /A period is/],
    [{ grace: '-1' }, /whole numbers/],
    [{ rules: [{ ...newRule(), percent: '0' }] }, /above 0/],
    [{ rules: [{ ...newRule(), percent: '5', floor: '100' }] }, /below 100/],
    [{ rules: [{ ...newRule(), percent: '5', capSale: 'much' }] }, /or empty/],
    [{ rules: [{ ...newRule(), percent: '5', only: 'a', except: 'b' }] }, /not both/],
  ])('%j is told', (part, words) => {
    expect(tierOf({ ...draftOf(tiers[0], tiers), ...part }, tiers[0], tiers, 'USD')).toMatch(words);
  });
});

test('what holds for all comes back as it was, and nonsense is told', () => {
  const rules = reads.member_rules(null);
  const draft = fieldsOf(rules, 'USD');
  expect(rulesOf(draft, 'USD')).toEqual(rules);
  expect(rulesOf({ ...draft, earnPoints: '0' }, 'USD')).toMatch(/above 0/);
  expect(rulesOf({ ...draft, worthAmount: '' }, 'USD')).toMatch(/above 0/);
  expect(rulesOf({ ...draft, floor: '100' }, 'USD')).toMatch(/below 100/);
});

describe('who somebody is, in the fields', () => {
  test('what was looked for in vain stands where it belongs', () => {
    expect(startOf(undefined, '(555) 010-0142').phone).toBe('(555) 010-0142');
    expect(startOf(undefined, 'MC-000142').card).toBe('MC-000142');
    expect(startOf(undefined, 'a@example.com').email).toBe('a@example.com');
    expect(startOf(undefined, 'Ada').name).toBe('Ada');
  });
  test('what is seen in part is never saved in place of the whole', () => {
    const masked = { ...told, masked: true, phone: '… 0142', email: 'm…@example.com' };
    const before = startOf(masked);
    expect([before.phone, before.email]).toEqual(['', '']);
    expect(changed({ ...before, name: 'Ada Sample' }, before)).toEqual({ name: 'Ada Sample' });
  });
  test('what is emptied is taken away', () => {
    const before = startOf(told);
    expect(changed({ ...before, email: '' }, before)).toEqual({ email: '' });
    expect(changed(before, before)).toEqual({});
  });
});

test('a bridge ends where its parts lead', () => {
  const bars = bridge(10, 9, [
    { name: 'new', by: 4 },
    { name: 'left', by: -5 },
  ]);
  expect(bars.map((bar) => [bar.name, Math.round(bar.from), Math.round(bar.to)])).toEqual([
    ['Before', 0, 71],
    ['new', 71, 100],
    ['left', 64, 100],
    ['After', 0, 64],
  ]);
  expect(
    bridge(0, 0, []).every((bar) => bar.to === 0),
    'nothing is drawn as nothing',
  ).toBe(true);
});

test('a cohort too small has no percentage', () => {
  expect([share(3, 4), share(9, 10), share(0, 5)]).toEqual(['3/4', '90%', '0%']);
  expect([heat(10, 10), heat(8, 10), heat(5, 10), heat(3, 10), heat(0, 10), heat(0, 0)]).toEqual([5, 4, 3, 2, 1, 1]);
});

test('a file is base64, however long', () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at % 251);
  expect(Buffer.from(base64(bytes.buffer), 'base64').equals(Buffer.from(bytes))).toBe(true);
});
