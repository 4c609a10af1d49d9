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

const whole: Raffle = {
  id: line.id,
  title: line.title,
  phase: line.phase,
  opens_at: line.opens_at ?? '',
  closes_at: line.closes_at ?? '',
  document: '{}',
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
    units: 3,
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

const ticket: RaffleTicket = {
  entry: '4f1c02ab97de-000043',
  at: '2026-11-21T18:00:00.000Z',
  channel: 'free',
  void: null,
  slip: [line.title, 'Ticket 4f1c02ab97de-000043', 'No purchase necessary.'],
};

export const reads = {
  raffles: (): Reads['raffles']['reply'] => [line],
  raffle: (): Reads['raffle']['reply'] => whole,
  raffle_entries_csv: (): Reads['raffle_entries_csv']['reply'] => 'ticket,made_at,day,channel,void,prize,state\r\n',
  raffle_verifier: (): Reads['raffle_verifier']['reply'] => '<!doctype html><title>Verifier</title>',
};

export const writes = {
  create_raffle: () => whole,
  update_raffle: () => whole,
  open_raffle: () => whole,
  enter_raffle: () => ticket,
  raffle_tickets: () => [ticket],
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
