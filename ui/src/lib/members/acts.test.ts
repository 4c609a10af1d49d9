import { expect, test } from 'vitest';
import type { MemberLine } from '../ipc/types/MemberLine';
import type { MemberTold } from '../ipc/types/MemberTold';
import { reads } from '../mock/members';
import { isHigher, offers, open, others } from './acts';

const TODAY = '2026-11-20';
const told: MemberTold = reads.member({ id: 'demo-m000001' });
const tiers = reads.member_tiers(null);
const someone = (part: Partial<MemberTold>, line: Partial<MemberLine> = {}): MemberTold => ({
  ...told,
  renewable_from: '2026-12-01',
  ...part,
  line: { ...told.line, status: 'active', ...line },
});
const offered = (who: MemberTold) => offers(who, tiers, TODAY).map((offer) => offer.deed);

test.each([
  [someone({}), ['change', 'pause', 'cancel'], 'an active member'],
  [someone({ renewable_from: TODAY }), ['renew', 'change', 'pause', 'cancel'], 'who may pay the next period already'],
  [someone({}, { status: 'due' }), ['renew', 'failed', 'change', 'cancel'], 'whose payment is due'],
  [someone({}, { status: 'grace' }), ['renew', 'failed', 'change', 'cancel'], 'whose payment failed'],
  [someone({}, { status: 'paused' }), ['resume', 'cancel'], 'who pauses'],
  [someone({ ends_on: '2026-12-01' }), ['stay', 'cancel'], 'who leaves at the end of the period'],
  [someone({ next_tier: 'silver' }), ['keep_tier', 'change', 'pause', 'cancel'], 'who takes a lower tier later'],
  [someone({}, { status: 'expired' }), ['join'], 'who was one'],
  [someone({}, { status: 'never' }), ['join'], 'who never was'],
  [someone({ credit_minor: 5 }, { status: 'cancelled' }), ['join', 'pay_out'], 'who left with credit'],
  [someone({ merged_into: 'other' }), [], 'a merged record'],
  [someone({ erased_at: '2026-01-01T00:00:00Z' }), [], 'who was erased'],
])('%#: what is offered', (who, deeds, why) => expect(offered(who), why).toEqual(deeds));

test('leaving is offered to whoever is a member, and to a clerk', () => {
  for (const status of ['active', 'due', 'grace', 'paused']) {
    const cancel = offers(someone({}, { status }), tiers, TODAY).find((offer) => offer.deed === 'cancel');
    expect(cancel?.needs, status).toBe('clerk');
  }
});

test('money that leaves the shop is a manager’s', () => {
  const list = offers(someone({ credit_minor: 500 }), tiers, TODAY);
  expect(list.find((offer) => offer.deed === 'pay_out')?.needs).toBe('manager');
});

test('a closed tier is offered to nobody, and one’s own is no change', () => {
  const closed = tiers.map((tier) => ({ ...tier, closed_on: TODAY }));
  expect(open(closed, TODAY)).toEqual([]);
  expect(offers(someone({}, { status: 'never' }), closed, TODAY), 'nothing to join').toEqual([]);
  expect(others(someone({}), tiers, TODAY).map((tier) => tier.id)).toEqual(['silver']);
});

test('higher is by place, then by how long a payment lasts, then by price', () => {
  const [silver, gold] = tiers;
  if (!silver || !gold) throw new Error('the invented tiers are gone');
  const has = someone({ period: 'month', price_minor: 1_000 }, { tier: 'silver' });
  expect(isHigher(gold, has, tiers)).toBe(true);
  expect(isHigher(silver, someone({}, { tier: 'gold' }), tiers)).toBe(false);
  expect(isHigher({ ...silver, id: 'y', period: 'year' }, has, tiers), 'a year before a month').toBe(true);
  expect(isHigher({ ...silver, id: 'd', period: 'days:7' }, has, tiers)).toBe(false);
  expect(isHigher({ ...silver, id: 'p', price_minor: 900 }, has, tiers)).toBe(false);
});
