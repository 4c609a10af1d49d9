import type { MemberTier } from '../ipc/types/MemberTier';
import type { MemberTold } from '../ipc/types/MemberTold';
import type { Role } from '../people/roles';

/** What can be done with a membership from its card. */
export type Deed =
  'join' | 'renew' | 'failed' | 'change' | 'keep_tier' | 'pause' | 'resume' | 'cancel' | 'stay' | 'pay_out';

export interface Offer {
  deed: Deed;
  name: string;
  /** What is most likely wanted now. */
  main: boolean;
  /** The least role that may do it. */
  needs: Role;
}

const offer = (deed: Deed, name: string, main = false, needs: Role = 'clerk'): Offer => ({ deed, name, main, needs });

/** Whether somebody is a member now, paused or not. */
export const isMember = (told: MemberTold): boolean =>
  ['active', 'due', 'grace', 'paused'].includes(told.line.status) && !told.merged_into && !told.erased_at;

/** What is offered for a member on a day; whatever else is asked the engine refuses. Leaving is never further away than joining. */
export function offers(told: MemberTold, tiers: readonly MemberTier[], today: string): Offer[] {
  if (told.erased_at || told.merged_into) return [];
  const { status } = told.line;
  const list: Offer[] = [];
  if (!isMember(told)) {
    if (open(tiers, today).length > 0) list.push(offer('join', status === 'never' ? 'Join…' : 'Join again…', true));
  } else if (told.ends_on) {
    list.push(offer('stay', 'Stay after all…', true), offer('cancel', 'Leave now…'));
  } else {
    const late = status === 'due' || status === 'grace';
    if (status === 'paused') list.push(offer('resume', 'Go on today…', true));
    else if (late) {
      list.push(offer('renew', 'Take the payment…', true), offer('failed', 'It failed…'));
    } else if (told.renewable_from && told.renewable_from <= today && !told.next_tier) {
      list.push(offer('renew', 'Renew…', true));
    }
    if (told.next_tier) list.push(offer('keep_tier', 'Keep the tier…', true));
    if (status !== 'paused' && others(told, tiers, today).length > 0) list.push(offer('change', 'Change tier…'));
    if (status === 'active') list.push(offer('pause', 'Pause…'));
    list.push(offer('cancel', 'Cancel…'));
  }
  if (told.credit_minor > 0) list.push(offer('pay_out', 'Pay out the credit…', false, 'manager'));
  return list;
}

/** The tiers that can be taken on a day. */
export const open = (tiers: readonly MemberTier[], today: string): MemberTier[] =>
  tiers.filter((tier) => !tier.closed_on || today < tier.closed_on);

/** The tiers that a member could change to. */
export const others = (told: MemberTold, tiers: readonly MemberTier[], today: string): MemberTier[] =>
  open(tiers, today).filter((tier) => tier.id !== told.line.tier && tier.currency === (told.currency ?? tier.currency));

/** The fewest days of a period. */
function days(period: string): number {
  const own = /^days:(\d+)$/.exec(period)?.[1];
  return own ? Number(own) : ({ month: 28, quarter: 90, year: 365 }[period] ?? 0);
}

/** Whether a tier is above what a member has: by its place, then by how long a payment lasts, then by its price. */
export function isHigher(to: MemberTier, told: MemberTold, tiers: readonly MemberTier[]): boolean {
  const now = tiers.find((tier) => tier.id === told.line.tier);
  const steps = [
    to.rank - (now?.rank ?? 0),
    days(to.period) - days(told.period ?? ''),
    to.price_minor - (told.price_minor ?? 0),
  ];
  return (steps.find((step) => step !== 0) ?? 0) > 0;
}
