/** Invented answers about raffles. Never part of a production build. */
import type { Reads, Writes } from '../ipc/commands';
import type { Raffle } from '../ipc/types/Raffle';
import type { RaffleLine } from '../ipc/types/RaffleLine';
import type { RaffleTicket } from '../ipc/types/RaffleTicket';

const line: RaffleLine = {
  id: 'winter-2026',
  title: 'Winter raffle',
  phase: 'open',
  opens_at: '2026-11-20T15:00:00.000Z',
  closes_at: '2026-12-20T05:00:00.000Z',
  prize_value: 35_000,
  currency: 'USD',
  entries: 42,
};

const rules = {
  id: line.id,
  title: line.title,
  sponsor: { name: 'Example Smoke', address: '1 Example Street, Austin, TX', state: 'TX', for_profit: true },
  opens_at: line.opens_at,
  closes_at: line.closes_at,
  zone: 'America/Chicago',
  eligibility: { min_age: 21, states: ['TX'], left_out: 'Staff and their households.' },
  prizes: [{ id: 'p1', name: 'Glass set', value: { minor: 35_000, currency: 'USD' }, count: 1, tobacco: false }],
  odds: 'The odds depend on the number of eligible entries received. Every entry counts once, however it was made.',
  limits: { per_person: 5, per_person_per_day: 1, per_household: null },
  free_entry: { at_counter: true, by_mail: null, how: 'Ask at the counter.' },
  purchase_entry: { how: 'One entry with any purchase.', tobacco: false },
  paid_entry: null,
  alternates: 3,
  one_prize_per_person: true,
  claim_days: 14,
  winners_list: 'Ask at the counter.',
};

const whole: Raffle = {
  id: line.id,
  title: line.title,
  phase: line.phase,
  opens_at: line.opens_at ?? '',
  closes_at: line.closes_at ?? '',
  prize_value: line.prize_value,
  currency: line.currency,
  document: JSON.stringify({ rules }),
  rules_hash: '0'.repeat(64),
  commitment: '1'.repeat(64),
  problems: [],
  warnings: [],
  statistics: {
    made: 43,
    counting: 42,
    void: 1,
    people: 30,
    by_channel: [
      { name: 'free', entries: 12 },
      { name: 'purchase', entries: 30 },
    ],
    by_day: [
      { name: '2026-11-20', entries: 22 },
      { name: '2026-11-21', entries: 20 },
    ],
    units: 1,
    pending: 0,
    claimed: 0,
    left_over: 0,
    forfeited: 0,
    alternates: 0,
    draws: 0,
    refunds_due: 0,
  },
  acts: [],
  awards: [],
  refunds: [],
  cancelled: null,
  shared: 'This raffle is of this PC alone.',
};

const number = (n: number) => `4f1c02ab97de-${n.toString().padStart(6, '0')}`;
const seal = {
  act: 1,
  reason: null,
  sealed_at: '2026-11-20T14:00:00.000Z',
  seal_hash: '8c4f17d2'.repeat(8),
  list_hash: '1b6e90aa'.repeat(8),
  merkle_root: 'f00d5eed'.repeat(8),
  entries: 42,
  left_out: 1,
  beacon_round: null,
  beacon_at: null,
  drawn_at: null,
  drawn: [],
};

const of = (id: string, title: string, phase: string): Raffle => ({ ...whole, id, title, phase });
const past = { opens_at: '2026-10-01T15:00:00.000Z', closes_at: '2026-11-20T05:00:00.000Z' };

const draft: Raffle = {
  ...of('spring', 'Spring raffle', 'draft'),
  rules_hash: null,
  commitment: null,
  warnings: [
    {
      code: 'register_fl',
      severity: 'acknowledge',
      words:
        'All prizes together are worth 6000.00 USD, and residents of Florida may take part: above 5000.00 USD it asks for a registration and a bond.',
      source: 'https://example.com/registration',
    },
  ],
};
const sealed: Raffle = { ...of('autumn', 'Autumn raffle', 'sealed'), ...past, acts: [seal] };
const drawn: Raffle = {
  ...of('anniversary', 'Anniversary raffle', 'drawn'),
  ...past,
  acts: [
    {
      ...seal,
      drawn_at: '2026-11-20T15:30:00.000Z',
      drawn: [
        { entry: number(17), outcome: 'winner', unit: 'p1/1', place: null },
        { entry: number(4), outcome: 'winner', unit: 'p2/1', place: null },
        { entry: number(29), outcome: 'alternate', unit: null, place: 1 },
      ],
    },
  ],
  awards: [
    { unit: 'p1/1', prize: 'Glass set', entry: number(17), state: 'claimed', at: '2026-11-20T18:00:00.000Z' },
    { unit: 'p2/1', prize: 'Gift card', entry: number(4), state: 'pending', at: '2026-12-11T05:59:59.999Z' },
  ],
};
const all = [whole, draft, sealed, drawn];
const lineOf = ({ id, title, phase, opens_at, closes_at }: Raffle): RaffleLine => ({
  ...line,
  id,
  title,
  phase,
  opens_at,
  closes_at,
});

const ticket: RaffleTicket = {
  entry: '4f1c02ab97de-000043',
  at: '2026-11-21T18:00:00.000Z',
  channel: 'free',
  void: null,
  slip: [line.title, 'Example Smoke', 'Ticket 4f1c02ab97de-000043', 'No purchase necessary.'],
};

export const reads = {
  raffles: (): Reads['raffles']['reply'] => all.map(lineOf),
  raffle: ({ id }: Reads['raffle']['args']): Reads['raffle']['reply'] => all.find((one) => one.id === id) ?? whole,
  raffle_entries_csv: (): Reads['raffle_entries_csv']['reply'] => 'ticket,made_at,day,channel,void,prize,state\r\n',
  raffle_verifier: (): Reads['raffle_verifier']['reply'] => '<!doctype html><title>Verifier</title>',
};

export const writes = {
  create_raffle: () => whole,
  update_raffle: () => whole,
  open_raffle: () => whole,
  enter_raffle: () => ticket,
  raffle_tickets: () => [ticket],
  raffle_beacon: (): Writes['raffle_beacon']['reply'] => ({ reachable: true, words: '' }),
  void_entry: () => whole,
  close_raffle: () => whole,
  seal_raffle: () => whole,
  draw_raffle: () => whole,
  claim_prize: () => whole,
  forfeit_prize: () => whole,
  cancel_raffle: () => whole,
  refund_entry: () => whole,
  raffle_certificate: (): Writes['raffle_certificate']['reply'] => ({
    act: 1,
    seal_hash: '2'.repeat(64),
    public_key: '3'.repeat(64),
    json: '{}',
    pdf: '',
  }),
};
