import type { MemberRules } from '../ipc/types/MemberRules';
import { fieldMoney, typedMoney, typedPercent, typedWhole } from './amount';

/** What holds for all members, as it stands in the fields. */
export interface RulesDraft {
  earnPoints: string;
  earnAmount: string;
  worthPoints: string;
  worthAmount: string;
  least: string;
  lasts: string;
  floor: string;
  unknown: string;
}

export const fieldsOf = (rules: MemberRules, currency: string): RulesDraft => ({
  earnPoints: String(rules.earn_points),
  earnAmount: fieldMoney(rules.earn_minor, currency),
  worthPoints: String(rules.worth_points),
  worthAmount: fieldMoney(rules.worth_minor, currency),
  least: String(rules.least_redeemed),
  lasts: rules.points_last ?? '',
  floor: fieldMoney(rules.margin_floor, 'USD').replace(/\.?0+$/, '') || '0',
  unknown: rules.unknown_cost,
});

/** The rules that the fields mean, or what is wrong with them. */
export function rulesOf(draft: RulesDraft, currency: string): MemberRules | string {
  const [earn, worth] = [typedWhole(draft.earnPoints, 1, 1_000_000), typedWhole(draft.worthPoints, 1, 1_000_000)];
  const [earnMinor, worthMinor] = [typedMoney(draft.earnAmount, currency), typedMoney(draft.worthAmount, currency)];
  const [least, floor] = [typedWhole(draft.least, 0, 1_000_000), typedPercent(draft.floor)];
  if (earn === null || worth === null || least === null) return 'Points are whole numbers above 0.';
  if (!earnMinor || !worthMinor) return 'Amounts are like 1.00, and above 0.';
  if (floor === null || floor >= 10_000) return 'A margin is a percentage below 100.';
  return {
    earn_points: earn,
    earn_minor: earnMinor,
    worth_points: worth,
    worth_minor: worthMinor,
    least_redeemed: least,
    points_last: draft.lasts || null,
    margin_floor: floor,
    unknown_cost: draft.unknown,
  };
}
