import type { MemberTier } from '../ipc/types/MemberTier';
import type { MemberTierDiscount } from '../ipc/types/MemberTierDiscount';
import { fieldMoney, typedMoney, typedPercent, typedWhole } from './amount';

/** A discount as it stands in the fields. */
export interface RuleDraft {
  id: string;
  label: string;
  percent: string;
  only: string;
  except: string;
  capSale: string;
  capPeriod: string;
  floor: string;
  stackable: boolean;
}

/** A tier as it stands in the fields. */
export interface TierDraft {
  name: string;
  rank: string;
  price: string;
  period: string;
  grace: string;
  early: string;
  pause: string;
  points: string;
  benefits: string;
  rules: RuleDraft[];
}

const percentShown = (points: number): string => fieldMoney(points, 'USD').replace(/\.?0+$/, '') || '0';
const lines = (text: string, between: RegExp): string[] =>
  text
    .split(between)
    .map((one) => one.trim())
    .filter(Boolean);

export const newRule = (): RuleDraft => ({
  id: '',
  label: '',
  percent: '',
  only: '',
  except: '',
  capSale: '',
  capPeriod: '',
  floor: '0',
  stackable: false,
});

/** What the fields begin with; a new tier stands above all others. */
export function draftOf(tier: MemberTier | undefined, tiers: readonly MemberTier[]): TierDraft {
  const cap = (minor: number | null, currency: string) => (minor === null ? '' : fieldMoney(minor, currency));
  if (!tier) {
    const rank = Math.max(0, ...tiers.map((one) => one.rank)) + 1;
    return { name: '', rank: String(rank), price: '', period: 'month', grace: '7', early: '14', pause: '90', points: '100', benefits: '', rules: [] }; // prettier-ignore
  }
  return {
    name: tier.name,
    rank: String(tier.rank),
    price: fieldMoney(tier.price_minor, tier.currency),
    period: tier.period,
    grace: String(tier.grace_days),
    early: String(tier.early_days),
    pause: String(tier.pause_days),
    points: String(tier.points_percent),
    benefits: tier.benefits.join('\n'),
    rules: tier.discounts.map((rule) => ({
      id: rule.id,
      label: rule.label,
      percent: percentShown(rule.basis_points),
      only: rule.only.join('; '),
      except: rule.except.join('; '),
      capSale: cap(rule.cap_sale_minor, tier.currency),
      capPeriod: cap(rule.cap_period_minor, tier.currency),
      floor: percentShown(rule.margin_floor),
      stackable: rule.stackable,
    })),
  };
}

/** An id for a rule that is new: no other rule of any tier may have it. */
function ruleId(tier: string, taken: Set<string>): string {
  const slug = tier.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'tier'; // prettier-ignore
  let number = 1;
  while (taken.has(`${slug}-${number}`)) number += 1;
  return `${slug}-${number}`;
}

/** The tier that the fields mean, or what is wrong with the first that means none. */
export function tierOf(
  draft: TierDraft,
  tier: MemberTier | undefined,
  tiers: readonly MemberTier[],
  currency: string,
): MemberTier | string {
  const whole = (text: string, most: number) => typedWhole(text, 0, most);
  const price = typedMoney(draft.price, currency);
  const numbers = {
    rank: typedWhole(draft.rank, 0, 1000),
    grace_days: whole(draft.grace, 366),
    early_days: whole(draft.early, 366),
    pause_days: whole(draft.pause, 366),
    points_percent: whole(draft.points, 10_000),
  };
  const name = draft.name.trim();
  if (!name) return 'A tier has a name.';
  if (price === null) return 'The price is an amount such as 12.00.';
  if (!/^(month|quarter|year|days:\d{1,4})$/.test(draft.period))
    return 'A period is a month, a quarter, a year, or days.';
  const { rank, grace_days, early_days, pause_days, points_percent } = numbers;
  if (rank === null || grace_days === null || early_days === null || pause_days === null || points_percent === null) {
    return 'Place, days and points are whole numbers.';
  }
  const taken = new Set(tiers.flatMap((one) => one.discounts.map((rule) => rule.id)));
  const discounts: MemberTierDiscount[] = [];
  for (const rule of draft.rules) {
    const [off, floor] = [typedPercent(rule.percent), typedPercent(rule.floor || '0')];
    const caps = [rule.capSale, rule.capPeriod].map((text) => (text.trim() ? typedMoney(text, currency) : undefined));
    if (!off || floor === null || floor >= 10_000) return 'A discount is a percentage above 0; a margin is below 100.';
    if (caps.includes(null)) return 'The most that a discount gives is an amount such as 30.00, or empty.';
    const [only, except] = [lines(rule.only, /[;\n]/), lines(rule.except, /[;\n]/)];
    if (only.length > 0 && except.length > 0)
      return 'A discount is for some categories, or for all but some: not both.';
    const id = rule.id || ruleId(tier?.id || name, taken);
    taken.add(id);
    discounts.push({
      id,
      label: rule.label.trim() || `${name} ${rule.percent.trim().replace('%', '')}%`,
      basis_points: off,
      only,
      except,
      cap_sale_minor: caps[0] ?? null,
      cap_period_minor: caps[1] ?? null,
      margin_floor: floor,
      stackable: rule.stackable,
    });
  }
  return {
    id: tier?.id ?? '',
    name,
    rank,
    price_minor: price,
    currency: tier?.currency ?? currency,
    period: draft.period,
    grace_days,
    early_days,
    pause_days,
    points_percent,
    benefits: lines(draft.benefits, /\n/),
    discounts,
    closed_on: tier?.closed_on ?? null,
  };
}
