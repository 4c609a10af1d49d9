import { describe, expect, test } from 'vitest';
import type { AuditLine } from '../ipc/types/AuditLine';
import { fieldsOf, proofWords, rotations, said, whoOf } from './words';

const line = (number: number, action: string, detail = ''): AuditLine => ({
  number,
  at: '2026-11-20T19:05:00Z',
  operator: 'Olive Owner',
  action,
  detail,
});

describe('the audit log in words', () => {
  test('each action is told', () => {
    for (const [action, detail, words] of [
      ['connection.token', 'name main', 'Saved a token for main'],
      [
        'connection.key',
        'project example-project, dataset analytics',
        'Saved the BigQuery key for example-project.analytics',
      ],
      ['connection.sign_in_begun', 'name main, kind square', 'Began to sign in at Square for main'],
      ['connection.signed_in', '', 'Signed in'],
      ['connection.removed', 'name warehouse', 'Removed the connection BigQuery'],
      ['delivery.retried', 'table square_payments', 'Sent the refused rows of square_payments again'],
      ['settings.saved', '', 'Changed the settings'],
      [
        'settings.saved',
        'every_minutes: 15 → 7; live: off → on; location: STORE 001 → Downtown',
        'Changed the settings: minutes between two syncs 15 → 7; live off → on; location STORE 001 → Downtown',
      ],
      [
        'person.saved',
        'name Max → Maxine, role clerk → manager, pin changed, id 2',
        'Changed Max, now called Maxine, role clerk → manager, new PIN',
      ],
      ['person.saved', 'name Max, pin changed, id 2', 'Changed Max, new PIN'],
      ['person.removed', 'name Cleo Clerk, role clerk, id 3', 'Removed Cleo Clerk, clerk'],
      ['person.idle', '10 minutes', 'Was away for 10 minutes: Backroom locked itself'],
      [
        'audit.trimmed',
        'through 120 abc',
        'Removed the entries up to number 120: they were older than the log is kept',
      ],
      ['person.saved', 'name Cleo Clerk, role clerk', 'Added Cleo Clerk as clerk'],
      ['person.saved', 'name Cleo Clerk, role manager, id 3', 'Changed Cleo Clerk, now manager'],
      ['person.removed', 'id 3', 'Removed a person (number 3)'],
      ['person.came', 'id 1', 'Entered the PIN'],
      ['person.left', '', 'Locked Backroom'],
      ['person.wrong_pin', '3 in a row', 'Entered a wrong PIN (3 in a row)'],
      ['person.reset', 'by the account of the system', 'Removed everybody, by the account of the system'],
      ['raffle.drawn', 'name x', 'Raffle drawn: name x'],
    ] as const) {
      expect(said({ action, detail })).toBe(words);
    }
  });
  test('a name may have a comma', () => {
    expect(fieldsOf('name Doe, Jane, role owner, id 12')).toEqual({ name: 'Doe, Jane', role: 'owner', id: '12' });
  });
  test('whoever locks is who was at work', () => {
    const by = (operator: string, action: string) => ({ ...line(1, action), operator });
    const entries = [
      by('', 'person.left'),
      by('', 'person.left'),
      by('Max Manager', 'person.wrong_pin'),
      by('Cleo Clerk', 'person.came'),
      by('', 'settings.saved'),
    ];
    expect(entries.map((_, at) => whoOf(entries, at))).toEqual(['', 'Cleo Clerk', 'Max Manager', 'Cleo Clerk', '']);
    expect(whoOf([by('', 'person.left')], 0), 'before the beginning of what was read').toBe('');
  });
  test('a check says what it found', () => {
    expect(proofWords({ ok: true, entries: 12, broken_at: null, missing: 0 })).toContain('All 12 entries');
    expect(proofWords({ ok: true, entries: 1, broken_at: null, missing: 0 })).toContain('The one entry');
    expect(proofWords({ ok: false, entries: 12, broken_at: 3, missing: 0 })).toContain('Entry 3');
    expect(proofWords({ ok: false, entries: 12, broken_at: null, missing: 2 })).toBe(
      '2 entries at the end were cut off.',
    );
    expect(proofWords({ ok: false, entries: 0, broken_at: null, missing: 0 })).not.toBe('');
  });
});

describe('secrets', () => {
  test('the last change of each connection, a sign-in by where it began', () => {
    const entries = [
      line(9, 'connection.signed_in'),
      line(8, 'settings.saved'),
      line(7, 'connection.sign_in_begun', 'name lightspeed, kind lightspeed_r'),
      line(6, 'connection.key', 'project example-project, dataset analytics'),
      line(5, 'connection.token', 'name main'),
      line(4, 'connection.token', 'name main'),
      line(3, 'connection.token', 'name lightspeed'),
    ];
    const found = rotations(['main', 'lightspeed', 'warehouse', 'other'], entries);
    expect(found.map(({ connection, line }) => [connection, line?.number ?? null])).toEqual([
      ['main', 5],
      ['lightspeed', 9],
      ['warehouse', 6],
      ['other', null],
    ]);
  });
});
