import { describe, expect, test } from 'vitest';
import { claimOver, countdown, groups, meantTicket, phaseName, plain, ticketParts } from './words';

const NOW = Date.parse('2026-11-20T16:00:00.000Z');
const open = { phase: 'open', opens_at: '2026-11-19T16:00:00.000Z', closes_at: '2026-12-19T16:00:00.000Z' };

describe('what is said of a raffle', () => {
  test.each([
    [open, 'Open'],
    [{ ...open, opens_at: '2026-11-21T16:00:00.000Z' }, 'Opens soon'],
    [{ ...open, closes_at: '2026-11-20T16:00:00.000Z' }, 'Time is over'],
    [{ ...open, phase: 'cancelled' }, 'Called off'],
    [{ ...open, phase: 'a_new_one' }, 'A new one'],
  ])('%o', (raffle, name) => expect(phaseName(raffle, NOW)).toBe(name));

  test('a ticket is told by its running number', () => {
    expect(ticketParts('4f1c02ab97de-000042')).toEqual({ device: '4f1c02ab97de-', number: '000042' });
    expect(ticketParts('42')).toEqual({ device: '', number: '42' });
  });

  test('whoever types the running number means the ticket that ends so', () => {
    const known = ['4f1c02ab97de-000042', '4f1c02ab97de-000142', '0123456789ab-000007', '4f1c02ab97de-000007'];
    expect(meantTicket(' 42 ', known)).toBe('4f1c02ab97de-000042');
    expect(meantTicket('4F1C02AB97DE-000142', known)).toBe('4f1c02ab97de-000142');
    expect(meantTicket('7', known), 'of two PCs: the whole number is needed').toBe('7');
    expect(meantTicket('9', known), 'the engine says that there is none').toBe('9');
  });

  test.each([
    ['2026-11-20T16:01:05.000Z', '1:05'],
    ['2026-11-20T16:00:00.400Z', '0:01'],
    ['2026-11-20T18:00:09.000Z', '2:00:09'],
    ['2026-11-20T16:00:00.000Z', ''],
    ['2026-11-20T15:00:00.000Z', ''],
  ])('until %s: %s', (until, text) => expect(countdown(until, NOW)).toBe(text));

  test('a hash is read aloud in eight groups', () => {
    expect(groups('0123456789abcdef'.repeat(4))).toHaveLength(8);
    expect(groups('')).toEqual([]);
  });

  test('the last instant to claim counts', () => {
    const award = { state: 'pending', at: '2026-11-20T16:00:00.000Z' };
    expect([
      claimOver(award, NOW),
      claimOver(award, NOW + 1),
      claimOver({ ...award, state: 'claimed' }, NOW + 1),
    ]).toEqual([false, true, false]);
  });

  test('an unknown word is told as it is', () => expect(plain('purchase_returned')).toBe('Purchase returned'));
});
