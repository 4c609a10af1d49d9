import { describe, expect, test } from 'vitest';
import type { MemberTierDiscount } from '../ipc/types/MemberTierDiscount';
import type { MemberTold } from '../ipc/types/MemberTold';
import { reads } from '../mock/members';
import { benefit, discountWords, enough, listed, percent, periodName, phoneLike, priceWords, signOf } from './words';

const rule: MemberTierDiscount = {
  id: 'a',
  label: 'A',
  basis_points: 1_000,
  only: [],
  except: [],
  cap_sale_minor: null,
  cap_period_minor: null,
  margin_floor: 0,
  stackable: false,
};

test.each([
  [0, '0%'],
  [500, '5%'],
  [1_250, '12.5%'],
  [1_205, '12.05%'],
  [10_000, '100%'],
  [-50, '−0.5%'],
])('%i hundredths of a percent are %s', (points, text) => expect(percent(points)).toBe(text));

test('a discount is a sentence', () => {
  expect(discountWords(rule, 'USD')).toBe('10% off everything');
  expect(discountWords({ ...rule, only: ['Glass'] }, 'USD')).toBe('10% off Glass');
  expect(
    discountWords(
      { ...rule, except: ['Cigars', 'Vapes', 'Hemp'], cap_sale_minor: 3_000, cap_period_minor: 4_000 },
      'USD',
    ),
  ).toBe('10% off all but Cigars, Vapes and Hemp, at most $30.00 a sale and $40.00 a period');
});

test('periods and prices', () => {
  expect([periodName('month'), periodName('days:1'), periodName('days:30')]).toEqual(['month', '1 day', '30 days']);
  expect(priceWords(1_200, 'USD', 'month')).toBe('$12.00 a month');
  expect(priceWords(500, 'USD', 'days:30')).toBe('$5.00 for 30 days');
  expect([listed([]), listed(['a']), listed(['a', 'b'])]).toEqual(['', 'a', 'a and b']);
});

test.each([
  ['', false, 'nothing'],
  ['a', false, 'one letter leads to everybody'],
  ['al', true, 'two letters'],
  ['014', false, 'three digits'],
  ['0142', true, 'the end of a phone number'],
  ['(0) 1-42', true, 'digits however they are parted'],
  ['MC-1', true, 'a card'],
])('“%s” to look for somebody: %s (%s)', (text, expected) => expect(enough(text)).toBe(expected));

test('what looks like a phone number begins the field for it', () => {
  expect(['(555) 010-0142', '5550100142', 'MC-000142', 'Ada'].map(phoneLike)).toEqual([true, true, false, false]);
});

describe('what somebody gets now', () => {
  const told: MemberTold = reads.member({ id: 'demo-m000001' });
  const tier = reads.member_tiers(null).find((one) => one.id === told.line.tier);
  const says = (part: Partial<MemberTold>, line: Partial<MemberTold['line']> = {}) =>
    benefit({ ...told, ...part, line: { ...told.line, ...line } }, tier, '2026-11-20');

  test('a paid member gets the discount', () => {
    expect(says({}).gets).toContain('20% off all but tobacco');
    expect(says({}).why).toMatch(/^Paid until/);
  });
  test.each([
    [{ has_benefits: false, paused_until: '2026-12-01' }, { status: 'paused' }, /Paused until Dec 1/],
    [{ has_benefits: false }, { status: 'expired' }, /No payment came/],
    [{ has_benefits: false }, { status: 'cancelled' }, /can join again/],
    [{ has_benefits: false }, { status: 'never' }, /not a member yet/],
    [{ erased_at: '2026-01-01T00:00:00Z' }, {}, /erased/],
    [{ merged_into: 'x' }, {}, /Another record/],
    [{ ends_on: '2026-12-02' }, {}, /Cancelled. Everything goes on until Dec 2/],
    [{}, { status: 'grace', attempts: 2, lapses_on: '2026-11-25' }, /failed twice. Benefits go on until Nov 25/],
    [{}, { status: 'due', lapses_on: '2026-11-25' }, /is due. Benefits go on until Nov 25/],
  ])('%j %j', (part, line, why) => expect(says(part, line).why).toMatch(why));
  test('nobody without benefits is promised a discount', () => {
    for (const status of ['paused', 'cancelled', 'expired', 'never']) {
      expect(says({ has_benefits: false }, { status }).gets, status).toBe('No discount');
    }
  });
});

test('each status has a sign of its own kind', () => {
  expect(['active', 'due', 'grace', 'paused', 'cancelled', 'expired', 'never', 'what'].map(signOf)).toEqual([
    'good', 'wait', 'wait', 'wait', 'stop', 'stop', 'none', 'none',
  ]); // prettier-ignore
});
