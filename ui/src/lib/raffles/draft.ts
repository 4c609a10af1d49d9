import { addDays } from '../format/time';
import { exponentOf, plainMoney } from '../format/money';
import type { Notice, RaffleDocument, Rules } from './document';
import { instantOf, typedInstant, typedWall } from './wall';

/** The steps of the wizard, in their order. */
export const steps = ['raffle', 'time', 'people', 'prizes', 'entries', 'words'] as const;
export type Step = (typeof steps)[number];
export const stepName: Record<Step, string> = {
  raffle: 'The raffle',
  time: 'When',
  people: 'Who',
  prizes: 'Prizes',
  entries: 'Entries',
  words: 'Small print',
};

/** What the odds depend on where every entry counts once. */
const ODDS =
  'The odds depend on the number of eligible entries received. Every entry counts once, however it was made.';

export interface PrizeDraft {
  key: number;
  id: string;
  name: string;
  value: string;
  count: string;
  tobacco: boolean;
}

/** The rules as they stand in the fields of the wizard: what is typed stays as it was typed. */
export interface Draft {
  id: string;
  title: string;
  sponsor: { name: string; address: string; state: string; for_profit: boolean };
  opensDay: string;
  opensTime: string;
  closesDay: string;
  closesTime: string;
  zone: string;
  minAge: string;
  states: string;
  leftOut: string;
  prizes: PrizeDraft[];
  currency: string;
  alternates: string;
  onePrize: boolean;
  claimDays: string;
  free: boolean;
  freeHow: string;
  freeMail: string;
  purchase: boolean;
  purchaseHow: string;
  purchaseTobacco: boolean;
  paid: boolean;
  price: string;
  law: string;
  permit: string;
  /** When the legal basis was recorded; none before it is. */
  recorded: string | null;
  perPerson: string;
  perDay: string;
  perHousehold: string;
  odds: string;
  winnersList: string;
  notice: Notice;
}

/** A draft to begin with: opens tomorrow morning, for 30 days, free at the counter, once a day. */
export function freshDraft(shop: { name: string; zone: string; today: string; currency: string }): Draft {
  const opens = typedWall(instantOf(addDays(shop.today, 1), 10 * 60, shop.zone), shop.zone);
  const closes = typedWall(instantOf(addDays(shop.today, 31), 20 * 60, shop.zone), shop.zone);
  return {
    id: '',
    title: '',
    sponsor: { name: shop.name, address: '', state: '', for_profit: true },
    opensDay: opens.day,
    opensTime: opens.time,
    closesDay: closes.day,
    closesTime: closes.time,
    zone: shop.zone,
    minAge: '21',
    states: '',
    leftOut: 'Staff of the shop and their households.',
    prizes: [{ key: 0, id: 'p1', name: '', value: '', count: '1', tobacco: false }],
    currency: shop.currency,
    alternates: '3',
    onePrize: true,
    claimDays: '14',
    free: true,
    freeHow: 'Ask at the counter. No purchase is needed.',
    freeMail: '',
    purchase: false,
    purchaseHow: 'One entry with any purchase.',
    purchaseTobacco: false,
    paid: false,
    price: '',
    law: '',
    permit: '',
    recorded: null,
    perPerson: '',
    perDay: '1',
    perHousehold: '',
    odds: ODDS,
    winnersList: 'Ask at the counter, for 60 days from the draw.',
    notice: { headline: '', description: '', contact: '' },
  };
}

const number = (value: number | null) => (value === null ? '' : String(value));

/** The fields of rules that were kept. */
export function draftOf({ rules, notice }: RaffleDocument): Draft {
  const opens = typedWall(rules.opens_at, rules.zone);
  const closes = typedWall(rules.closes_at, rules.zone);
  const plain = (minor: number, currency: string) => plainMoney(minor, currency).replaceAll(',', '');
  return {
    id: rules.id,
    title: rules.title,
    sponsor: { ...rules.sponsor },
    opensDay: opens.day,
    opensTime: opens.time,
    closesDay: closes.day,
    closesTime: closes.time,
    zone: rules.zone,
    minAge: number(rules.eligibility.min_age),
    states: rules.eligibility.states.join(', '),
    leftOut: rules.eligibility.left_out,
    prizes: rules.prizes.map((prize, key) => ({
      key,
      id: prize.id,
      name: prize.name,
      value: prize.value.minor === 0 ? '' : plain(prize.value.minor, prize.value.currency),
      count: number(prize.count),
      tobacco: prize.tobacco,
    })),
    currency: rules.prizes[0]?.value.currency ?? 'USD',
    alternates: number(rules.alternates),
    onePrize: rules.one_prize_per_person,
    claimDays: number(rules.claim_days),
    free: rules.free_entry !== null,
    freeHow: rules.free_entry?.how ?? '',
    freeMail: rules.free_entry?.by_mail ?? '',
    purchase: rules.purchase_entry !== null,
    purchaseHow: rules.purchase_entry?.how ?? '',
    purchaseTobacco: rules.purchase_entry?.tobacco ?? false,
    paid: rules.paid_entry !== null,
    price: rules.paid_entry ? plain(rules.paid_entry.price.minor, rules.paid_entry.price.currency) : '',
    law: rules.paid_entry?.legal_basis?.law ?? '',
    permit: rules.paid_entry?.legal_basis?.permit ?? '',
    recorded: rules.paid_entry?.legal_basis?.recorded_at ?? null,
    perPerson: number(rules.limits.per_person),
    perDay: number(rules.limits.per_person_per_day),
    perHousehold: number(rules.limits.per_household),
    odds: rules.odds,
    winnersList: rules.winners_list,
    notice: { ...notice },
  };
}

/** A raffle’s name as the engine takes it: `Winter raffle 2026` is `winter-raffle-2026`. */
export function nameOf(title: string): string {
  const plain = title
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f’']/g, '');
  return plain
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-$/, '');
}

/** Minor units of a typed amount, `1,250` or `$12.50`; nothing where it is none. */
export function minorOf(text: string, currency: string): number | null {
  const exponent = exponentOf(currency);
  const found = /^\s*\$?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?\s*$/.exec(text);
  if (!found) return null;
  const [, whole = '', part = ''] = found;
  if (part.length > exponent) return null;
  const minor = Number(whole.replaceAll(',', '') + part.padEnd(exponent, '0'));
  return Number.isSafeInteger(minor) ? minor : null;
}

/** States as codes, however they were typed: `tx, ok` is TX and OK. */
export function statesOf(text: string): string[] {
  return text
    .toUpperCase()
    .split(/[^A-Z]+/)
    .filter(Boolean);
}

/** What is not understood in the fields, by where it is: as the engine names the places of the rules. */
export type Faults = Record<string, string>;

/** The document that the fields make, or what is not understood in them. What is understood and wrong the engine tells. */
export function documentOf(draft: Draft, now: string): { document: RaffleDocument } | { faults: Faults } {
  const faults: Faults = {};
  const whole = (field: string, text: string, most = 4_294_967_295): number => {
    const value = /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : NaN;
    if (!(value <= most)) faults[field] = 'Write a whole number.';
    return value;
  };
  const limit = (field: string, text: string) => (text.trim() === '' ? null : whole(field, text));
  const instant = (field: string, day: string, time: string) => {
    const found = typedInstant(day, time, draft.zone);
    if (!found) faults[field] = 'Write a day like 12/31/2026 and a time like 8:00 PM.';
    return found ?? now;
  };
  const amount = (field: string, text: string) => {
    const minor = minorOf(text, draft.currency);
    if (minor === null) faults[field] = 'Write amounts like 40 or 12.50.';
    return { minor: minor ?? 0, currency: draft.currency };
  };
  const id = draft.id || nameOf(draft.title);
  if (id === '') faults.title = 'Give it a title with letters or digits.';
  const taken = new Set<string>();
  const prizeId = (kept: string) => {
    let id = kept;
    for (let n = 1; id === '' || taken.has(id); n += 1) id = `p${n}`;
    taken.add(id);
    return id;
  };
  const legal = draft.law.trim() || draft.permit.trim();
  const rules: Rules = {
    id,
    title: draft.title.trim(),
    sponsor: { ...draft.sponsor, state: draft.sponsor.state.trim().toUpperCase() },
    opens_at: instant('opens_at', draft.opensDay, draft.opensTime),
    closes_at: instant('closes_at', draft.closesDay, draft.closesTime),
    zone: draft.zone,
    eligibility: {
      min_age: whole('eligibility.min_age', draft.minAge),
      states: statesOf(draft.states),
      left_out: draft.leftOut.trim(),
    },
    prizes: draft.prizes.map((prize) => ({
      id: prizeId(prize.id),
      name: prize.name.trim(),
      value: amount('prizes', prize.value),
      count: whole('prizes', prize.count),
      tobacco: prize.tobacco,
    })),
    odds: draft.odds.trim(),
    limits: {
      per_person: limit('limits.per_person', draft.perPerson),
      per_person_per_day: limit('limits.per_person_per_day', draft.perDay),
      per_household: limit('limits.per_household', draft.perHousehold),
    },
    free_entry: draft.free
      ? { at_counter: true, by_mail: draft.freeMail.trim() || null, how: draft.freeHow.trim() }
      : null,
    purchase_entry: draft.purchase ? { how: draft.purchaseHow.trim(), tobacco: draft.purchaseTobacco } : null,
    paid_entry: draft.paid
      ? {
          price: amount('paid_entry', draft.price),
          legal_basis: legal
            ? { law: draft.law.trim(), permit: draft.permit.trim(), recorded_at: draft.recorded ?? now }
            : null,
        }
      : null,
    alternates: whole('alternates', draft.alternates),
    one_prize_per_person: draft.onePrize,
    claim_days: whole('claim_days', draft.claimDays),
    winners_list: draft.winnersList.trim(),
  };
  return Object.keys(faults).length > 0 ? { faults } : { document: { rules, notice: draft.notice } };
}

/** The step on which a part of the rules is written. */
export function stepOf(field: string): Step {
  const [first = ''] = field.split('.');
  if (['opens_at', 'closes_at', 'zone'].includes(first)) return 'time';
  if (first === 'eligibility') return 'people';
  if (['prizes', 'alternates', 'one_prize_per_person', 'claim_days'].includes(first)) return 'prizes';
  if (['free_entry', 'purchase_entry', 'paid_entry', 'limits'].includes(first)) return 'entries';
  return ['odds', 'winners_list'].includes(first) ? 'words' : 'raffle';
}
