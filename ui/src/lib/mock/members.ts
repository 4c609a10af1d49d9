/** Invented members: a paying one, one whose payment failed, one who pauses. */
import type { ReadName, Reads, WriteName, Writes } from '../ipc/commands';
import type { ApiError } from '../ipc/types/ApiError';
import type { MemberFigures } from '../ipc/types/MemberFigures';
import type { MemberImport } from '../ipc/types/MemberImport';
import type { MemberLine } from '../ipc/types/MemberLine';
import type { MemberPoints } from '../ipc/types/MemberPoints';
import type { MemberPreview } from '../ipc/types/MemberPreview';
import type { MemberPriced } from '../ipc/types/MemberPriced';
import type { MemberRules } from '../ipc/types/MemberRules';
import type { MemberTier } from '../ipc/types/MemberTier';
import type { MemberTold } from '../ipc/types/MemberTold';
import { addDays } from '../format/time';
import { TODAY } from './shop';

const tier = (id: string, name: string, rank: number, price_minor: number, basis_points: number): MemberTier => ({
  id,
  name,
  rank,
  price_minor,
  currency: 'USD',
  period: 'month',
  grace_days: 7,
  early_days: 14,
  pause_days: 90,
  points_percent: 100 * rank,
  benefits: [],
  discounts: [
    {
      id: `${id}-discount`,
      label: `${name} ${basis_points / 100}%`,
      basis_points,
      only: [],
      except: ['tobacco'],
      cap_sale_minor: null,
      cap_period_minor: null,
      margin_floor: 0,
      stackable: false,
    },
  ],
  closed_on: null,
});
const tiers = [tier('silver', 'Silver', 1, 1_000, 1_000), tier('gold', 'Gold', 2, 2_500, 2_000)];

const line = (id: string, name: string, status: string, more: Partial<MemberLine> = {}): MemberLine => ({
  id,
  name,
  status,
  tier: 'silver',
  tier_name: 'Silver',
  since: addDays(TODAY, -200),
  paid_through: addDays(TODAY, 12),
  points: 340,
  lapses_on: null,
  attempts: 0,
  due_minor: 0,
  found_as: null,
  ...more,
});
const first = line('demo-m000001', 'Alexandra Example', 'active', { tier: 'gold', tier_name: 'Gold' });
const lines = [
  first,
  line('demo-m000002', 'Robin Sample', 'grace', {
    paid_through: addDays(TODAY, -2),
    lapses_on: addDays(TODAY, 6),
    attempts: 1,
    due_minor: 1_000,
  }),
  line('demo-m000003', 'Sam Invented', 'paused', { paid_through: addDays(TODAY, 40) }),
];

const told = (id?: string | null): MemberTold => {
  const own = lines.find((one) => one.id === id) ?? first;
  return {
    line: own,
    masked: false,
    phone: '(555) 010-0142',
    email: 'member@example.com',
    card: 'MC-0004711',
    consents: [{ given: true, on: addDays(TODAY, -200), source: 'counter form' }],
    links: [],
    currency: 'USD',
    price_minor: own.tier === 'gold' ? 2_500 : 1_000,
    period: 'month',
    has_benefits: own.status !== 'paused',
    renewable_from: addDays(TODAY, -2),
    paused_until: own.status === 'paused' ? addDays(TODAY, 28) : null,
    ends_on: null,
    next_tier: null,
    credit_minor: 0,
    paid_ahead_minor: 400,
    points_worth_minor: 340,
    merged_into: null,
    merged: [],
    erased_at: null,
    events: [
      {
        day: addDays(TODAY, -200),
        kind: 'subscribed',
        tier: own.tier,
        paid_minor: 1_000,
        refunded_minor: 0,
        operator: 'Cleo Clerk',
      },
    ],
    seen: 1,
  };
};

const preview: MemberPreview = {
  standing: 'active',
  tier: 'gold',
  paid_through: addDays(TODAY, 12),
  currency: 'USD',
  lines: [
    { side: 'credit', tier: 'silver', from: TODAY, until: addDays(TODAY, 12), days: 12, of_days: 30, of_minor: 1_000, amount_minor: 400 },
    { side: 'charge', tier: 'gold', from: TODAY, until: addDays(TODAY, 12), days: 12, of_days: 30, of_minor: 2_500, amount_minor: 1_000 },
  ], // prettier-ignore
  due_minor: 600,
  refund_minor: 0,
  credit_minor: 0,
  events: ['upgraded'],
  seen: 1,
};

const points: MemberPoints = {
  balance: 340,
  worth_minor: 340,
  currency: 'USD',
  expiring: 0,
  expire_on: null,
  entries: [],
};

const priced: MemberPriced = {
  standing: 'active',
  before_minor: 2_000,
  discount_minor: 200,
  after_minor: 1_800,
  points: 18,
  lines: [],
};

const rules: MemberRules = {
  earn_points: 1,
  earn_minor: 100,
  worth_points: 100,
  worth_minor: 100,
  least_redeemed: 100,
  points_last: 'year',
  margin_floor: 0,
  unknown_cost: 'manager_only',
};

const figures: MemberFigures = {
  from: addDays(TODAY, -19),
  to: TODAY,
  currency: 'USD',
  opening: 3,
  new: 1,
  imported: 0,
  returned: 0,
  cancelled: 1,
  expired: 0,
  closing: 3,
  revenue: {
    opening: 4_500,
    new: 1_000,
    imported: 0,
    reactivation: 0,
    expansion: 0,
    contraction: 0,
    paused: 0,
    resumed: 0,
    churn: 1_000,
    closing: 4_500,
  },
  taken_minor: 4_500,
  refunded_minor: 0,
  paid_ahead_minor: 1_800,
  credit_minor: 0,
  points_minor: 1_020,
  logo_churn_bp: 3_333,
  revenue_churn_bp: 2_222,
  net_churn_bp: 2_222,
  tiers: [
    { tier: 'gold', members: 1, paused: 0, late: 0, monthly_minor: 2_500 },
    { tier: 'silver', members: 2, paused: 0, late: 1, monthly_minor: 2_000 },
  ],
  reasons: [{ reason: 'moved_away', members: 1 }],
  cohorts: [],
};

const file: MemberImport = {
  rows: 0,
  new: 0,
  duplicates: 0,
  faulty: 0,
  imported: 0,
  columns: [],
  problems: [],
};

type Own<N extends string> = Extract<N, `${string}member${string}` | 'save_tier' | 'retire_tier' | 'say_consent' | 'change_points' | 'give_discount'>; // prettier-ignore

export const reads: { [N in Own<ReadName>]: (args: Reads[N]['args']) => Reads[N]['reply'] } = {
  member_tiers: () => tiers,
  member_rules: () => rules,
  member_find: ({ text }) => lines.filter((one) => one.name.toLowerCase().includes(text.trim().toLowerCase())),
  members: ({ status }) =>
    lines.filter((one) => !status || one.status === status || (status === 'late' && one.lapses_on)),
  member: ({ id }) => told(id),
  member_customers: () => [],
  member_preview: () => preview,
  member_points: () => points,
  member_discount: ({ lines: sold }) => {
    const each = sold.map(({ id, unit_price_minor, quantity_milli }) => {
      const before = Math.round((unit_price_minor * quantity_milli) / 1000);
      const off = Math.round(before / 5);
      const why = [
        { discount: 'gold', label: 'Gold 20%', amount_minor: off, why: 'applied', words: 'It applies in full.' },
      ];
      return { id, before_minor: before, discount_minor: off, after_minor: before - off, why };
    });
    const sum = (of: 'before_minor' | 'discount_minor' | 'after_minor') => each.reduce((all, one) => all + one[of], 0);
    return {
      ...priced,
      before_minor: sum('before_minor'),
      discount_minor: sum('discount_minor'),
      after_minor: sum('after_minor'),
      lines: each,
    };
  },
  member_statistics: () => figures,
  member_import: () => file,
};

export const writes: { [N in Own<WriteName>]: (args: Writes[N]['args']) => Writes[N]['reply'] | ApiError } = {
  save_tier: () => tiers,
  retire_tier: () => tiers,
  save_member_rules: (draft) => draft,
  save_member: ({ id }) => told(id),
  say_consent: ({ id }) => told(id),
  change_member: ({ id }) => told(id),
  change_points: () => points,
  give_discount: () => priced,
  link_member: ({ id }) => told(id),
  erase_member: ({ id }) => ({ id, audit: 1, records: 1 }),
  settle_members: () => 0,
  import_members: () => file,
  export_members: () => 'member_id,name\r\n',
};
