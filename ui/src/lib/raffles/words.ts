import type { Raffle } from '../ipc/types/Raffle';
import type { RaffleAct } from '../ipc/types/RaffleAct';

const phases: Record<string, string> = {
  draft: 'Draft',
  open: 'Open',
  closed: 'Closed',
  sealed: 'Sealed',
  drawn: 'Drawn',
  cancelled: 'Called off',
};

/** A word of the engine’s, to be read: `not_claimed` is “Not claimed”. */
export function plain(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Where a raffle stands; an open one whose time has not come or is over says so. */
export function phaseName(
  raffle: { phase: string; opens_at: string | null; closes_at: string | null },
  now: number,
): string {
  if (raffle.phase === 'open') {
    if (raffle.opens_at && now < Date.parse(raffle.opens_at)) return 'Opens soon';
    if (raffle.closes_at && now >= Date.parse(raffle.closes_at)) return 'Time is over';
  }
  return phases[raffle.phase] ?? plain(raffle.phase);
}

const channels: Record<string, string> = { free: 'Free entry', purchase: 'With a purchase', paid: 'Paid entry' };

/** A way in, in words. */
export const channelName = (code: string): string => channels[code] ?? plain(code);

/** Why an entry is made void, in the order in which it is offered. */
export const voidReasons: [string, string][] = [
  ['duplicate', 'Made twice'],
  ['not_eligible', 'The person may not take part'],
  ['mistake', 'Made by mistake'],
  ['asked_for', 'The person asked for it'],
  ['purchase_returned', 'The purchase was returned'],
];

/** Why a prize is forfeited, in the order in which it is offered. */
export const forfeitReasons: [string, string][] = [
  ['not_claimed', 'Not claimed in time'],
  ['declined', 'The winner declined'],
  ['not_eligible', 'The winner may not take part'],
  ['not_reachable', 'The winner cannot be reached'],
];

/** Why an entry does not count, in words. */
export const voidName = (code: string): string => voidReasons.find(([one]) => one === code)?.[1] ?? plain(code);

const awards: Record<string, string> = {
  pending: 'Waits for its winner',
  claimed: 'Handed out',
  left_over: 'Nobody has it',
  in_further_act: 'Drawn for again',
};

/** How a prize stands, in words. */
export const awardName = (code: string): string => awards[code] ?? plain(code);

/** The two parts of a ticket’s number: the PC’s own and the running one, which is what people compare. */
export function ticketParts(entry: string): { device: string; number: string } {
  const at = entry.indexOf('-');
  return at < 0 ? { device: '', number: entry } : { device: entry.slice(0, at + 1), number: entry.slice(at + 1) };
}

/**
 * The ticket that somebody means who types or scans a number: the whole of it, or its running part where one of the `known` tickets
 * ends so.
 */
export function meantTicket(typed: string, known: readonly string[]): string {
  const text = typed.trim().toLowerCase();
  if (!/^\d{1,10}$/.test(text)) return text;
  const ends = known.filter((one) => Number(ticketParts(one).number) === Number(text));
  return ends.length === 1 && ends[0] ? ends[0] : text;
}

/** A hash in groups of eight digits, so that two people can compare it aloud. */
export function groups(hash: string): string[] {
  return hash.match(/.{1,8}/g) ?? [];
}

/** What rests on what, in the words for customers. */
export function fairness(act: Pick<RaffleAct, 'beacon_round'>): string {
  return act.beacon_round === null
    ? 'This draw uses no public randomness. The shop committed to a secret when the raffle opened: the commitment stands on every slip, and the secret is told with the draw.'
    : 'The winners follow from this list, a secret the shop committed to on every slip, and a round of the public beacon drand quicknet that did not exist when the list was sealed. Nobody can choose them.';
}

/** What is counted down to, `1:05`; nothing when it is over. */
export function countdown(until: string, now: number): string {
  const seconds = Math.ceil((Date.parse(until) - now) / 1_000);
  if (seconds <= 0) return '';
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const two = (value: number) => value.toString().padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The newest seal and draw. */
export const lastAct = (raffle: Raffle): RaffleAct | undefined => raffle.acts.at(-1);

/** Whether a further act could draw for something: a prize that nobody has, or a seal that was never drawn. */
export function mayDrawAgain(raffle: Raffle): boolean {
  return raffle.phase === 'drawn' && raffle.awards.some((award) => award.state === 'left_over');
}

/** Whether the time to claim is over; from then on the prize passes on. */
export function claimOver(award: { state: string; at: string | null }, now: number): boolean {
  return award.state === 'pending' && award.at !== null && now > Date.parse(award.at);
}
