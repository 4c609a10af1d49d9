import { money } from '../format/money';
import { counted } from '../format/number';
import { day } from '../format/time';
import type { MemberLine } from '../ipc/types/MemberLine';
import type { MemberTier } from '../ipc/types/MemberTier';
import type { MemberTierDiscount } from '../ipc/types/MemberTierDiscount';
import type { MemberTold } from '../ipc/types/MemberTold';

/** How a member stands, as the engine writes it. */
export const statuses = ['active', 'due', 'grace', 'paused', 'cancelled', 'expired', 'never'] as const;
export type Status = (typeof statuses)[number] | 'merged' | 'erased';

export const statusName: Record<Status, string> = {
  active: 'Active',
  due: 'Payment due',
  grace: 'Payment failed',
  paused: 'Paused',
  cancelled: 'Cancelled',
  expired: 'Expired',
  never: 'Not a member',
  merged: 'Merged',
  erased: 'Erased',
};

/** What a status is a sign of: it is told by a shape and a word, and by the colour last. */
export type Sign = 'good' | 'wait' | 'stop' | 'none';

export function signOf(status: string): Sign {
  if (status === 'active') return 'good';
  if (status === 'due' || status === 'grace' || status === 'paused') return 'wait';
  return status === 'cancelled' || status === 'expired' ? 'stop' : 'none';
}

export function statusOf(text: string): Status {
  return text === 'merged' || text === 'erased' ? text : (statuses.find((one) => one === text) ?? 'never');
}

/** `Ada Example`; somebody without a name, or erased, has a number. */
export const nameOf = (line: Pick<MemberLine, 'name' | 'id'>): string =>
  line.name || `No. ${line.id.split('-').at(-1)}`;

/** How long a payment lasts: `month`, `year`, `30 days`. */
export function periodName(period: string): string {
  const days = /^days:(\d+)$/.exec(period)?.[1];
  return days === undefined ? period : counted(Number(days), 'day');
}

/** `$12.00 a month`. */
export const priceWords = (minor: number, currency: string, period: string): string =>
  `${money(minor, currency)} ${/^days:/.test(period) ? 'for' : 'a'} ${periodName(period)}`;

/** Hundredths of a percent as `12.5%`. */
export function percent(basisPoints: number): string {
  const rest = (Math.abs(basisPoints) % 100).toString().padStart(2, '0').replace(/0+$/, '');
  const whole = Math.trunc(Math.abs(basisPoints) / 100);
  return `${basisPoints < 0 ? '−' : ''}${whole}${rest ? `.${rest}` : ''}%`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[], last = 'and'): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

/** A discount of a tier in a sentence. */
export function discountWords(rule: MemberTierDiscount, currency: string): string {
  const off = `${percent(rule.basis_points)} off`;
  const what =
    rule.only.length > 0 ? listed(rule.only) : rule.except.length > 0 ? `all but ${listed(rule.except)}` : 'everything';
  const caps = [
    rule.cap_sale_minor === null ? '' : `${money(rule.cap_sale_minor, currency)} a sale`,
    rule.cap_period_minor === null ? '' : `${money(rule.cap_period_minor, currency)} a period`,
  ].filter(Boolean);
  return `${off} ${what}${caps.length > 0 ? `, at most ${listed(caps)}` : ''}`;
}

/** What somebody gets at the counter now, and why, in a headline and a reason. */
export function benefit(told: MemberTold, tier: MemberTier | undefined, today: string): { gets: string; why: string } {
  const { line } = told;
  const on = (value: string | null) => (value ? day(value, 'short', today) : '');
  if (told.erased_at) return { gets: 'No benefits', why: 'This person was erased at his or her request.' };
  if (told.merged_into) return { gets: 'No benefits', why: 'Another record of this person counts.' };
  if (!told.has_benefits) {
    const why: Partial<Record<Status, string>> = {
      paused: `Paused until ${on(told.paused_until)}. It goes on by itself then.`,
      cancelled: 'The membership ended. The person can join again at once.',
      expired: 'No payment came, so the membership ended. The person can join again at once.',
      never: 'Known here, and not a member yet.',
    };
    return { gets: 'No discount', why: why[statusOf(line.status)] ?? 'There is no membership with benefits now.' };
  }
  const rules = tier?.discounts ?? [];
  const currency = told.currency ?? tier?.currency ?? 'USD';
  const gets = rules.map((rule) => discountWords(rule, currency)).join(' · ') || 'No discount in this tier';
  if (line.lapses_on) {
    const late =
      line.status === 'grace' ? `The payment failed ${times(line.attempts)}` : 'The payment for the next period is due';
    return { gets, why: `${late}. Benefits go on until ${on(line.lapses_on)}.` };
  }
  if (told.ends_on) return { gets, why: `Cancelled. Everything goes on until ${on(told.ends_on)}.` };
  return { gets, why: `Paid until ${on(line.paid_through)}. The best deal of each line wins.` };
}

/** `once`, `twice`, `3 times`. */
export function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}

const happened: Record<string, string> = {
  subscribed: 'Joined',
  imported: 'Brought along',
  upgraded: 'Took a higher tier',
  downgrade_scheduled: 'Chose a lower tier for later',
  downgrade_undone: 'Keeps the tier after all',
  downgraded: 'Took a lower tier',
  paused: 'Paused',
  resumed: 'Goes on',
  cancellation_scheduled: 'Will leave at the end of the period',
  cancellation_undone: 'Stays after all',
  cancelled: 'Left',
  expired: 'Ended: no payment came',
  renewed: 'Paid the next period',
  payment_failed: 'Payment failed',
  payment_recovered: 'Payment came after all',
  credit_paid_out: 'Credit paid out',
  merged: 'Merged into another record',
  unmerged: 'Stands by itself again',
};
/** What happened to a member, in words. */
export const eventName = (kind: string): string => happened[kind] ?? plain(kind);

const pointed: Record<string, string> = {
  earn: 'Earned',
  redeem: 'Redeemed',
  take_back: 'Taken back with a return',
  give_back: 'Given back with a return',
  expire: 'Expired',
  adjust: 'By hand',
};
/** What an entry of the ledger of points is. */
export const pointName = (kind: string): string => pointed[kind] ?? plain(kind);

/** Why somebody leaves; the last is what is kept where nobody says anything. */
export const reasons: readonly [string, string][] = [
  ['too_expensive', 'Too expensive'],
  ['not_used', 'Not used enough'],
  ['moved_away', 'Moved away'],
  ['dissatisfied', 'Not happy with us'],
  ['mistake', 'Taken by mistake'],
  ['other', 'Something else'],
  ['not_told', 'Did not say'],
];
export const reasonName = (code: string): string => reasons.find(([one]) => one === code)?.[1] ?? plain(code);

const faults: Record<string, string> = {
  columns: 'More or fewer columns than the first row',
  nothing_to_find_by: 'No name, phone or card',
  phone: 'Not a phone number',
  email: 'Not an e-mail address',
  card: 'Nothing that can be a card',
  must_not_be_kept: 'A payment card or an ID: nothing of it is kept',
  unknown_tier: 'There is no such tier here',
  day: 'Not a day',
  days_cross: 'Joined after the day it is paid until',
  tier_missing: 'Paid until a day, but of which tier is not said',
  points: 'Not a number of points',
  too_long: 'A value is too long',
  consent_without_proof: 'Consent without its day and place is left out',
  same_as_line: 'The same person as an earlier line',
  same_as_member: 'Known here already',
  MEMBER_PAID_TOO_FAR: 'Paid for more than three years',
  MEMBER_JOINED_LATER: 'Joins after today',
  MEMBER_ALREADY_LAPSED: 'The membership is over',
};
/** What is wrong with a row of a file. */
export const faultName = (code: string): string => faults[code] ?? plain(code);

/** A code in words: `moved_away` is “Moved away”. */
export function plain(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Whether a text is enough to look for somebody: four digits of a phone number, a card, or two letters. */
export function enough(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  const letters = /\p{L}/u.test(text);
  return letters ? text.trim().length >= 2 : digits >= 4;
}

/** A text that looks like a phone number rather than a name or a card. */
export const phoneLike = (text: string): boolean => /^[\d\s().+-]{7,}$/.test(text.trim());
