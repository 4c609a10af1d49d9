import { expect, test } from 'vitest';
import type { ApiError } from '../ipc/types/ApiError';
import type { SyncStatus } from '../ipc/types/SyncStatus';
import { troubles } from './troubles';

const now = Date.parse('2026-11-20T20:10:00Z');
const error = (code: string, message: string): ApiError => ({ code, message, hint: '', retryable: code !== 'REFUSED' });
const stream = (entity: string, trouble: ApiError | null, trouble_since: string | null, source = 'main') => ({
  source,
  entity,
  trouble,
  trouble_since,
});
const status = (streams: object[], change = {}) =>
  ({ streams, tables: [], warehouse_trouble: null, ...change }) as unknown as SyncStatus;
const told = (given: SyncStatus) =>
  troubles(given, now, 'America/Chicago').map(({ error, calm, since }) => [
    error.message,
    calm,
    since.replaceAll('\u202f', ' '),
  ]);

test('the same trouble of several streams is said once, with all whom it concerns', () => {
  const refused = error('REFUSED', 'Square refuses the token.');
  const of = [
    stream('payments', refused, '2026-11-20T20:00:00Z'),
    stream('catalog', refused, '2026-11-20T19:05:00Z'),
    stream('orders', null, null),
  ];
  expect(told(status(of))).toEqual([['Square refuses the token.', false, 'Payments, Products · since 1:05 PM']]);
});

test('of a line that is down it is said first that it is', () => {
  const cut = (host: string) => error('HTTP_CUT', `The connection to ${host} broke.`);
  const streams = [stream('payments', cut('pos.example.com'), '2026-11-20T20:00:00Z')];
  expect(told(status(streams, { warehouse_trouble: cut('bigquery.example.com') }))).toEqual([
    [
      'The point of sale cannot be reached.',
      true,
      'Payments · since 2:00 PM · The connection to pos.example.com broke.',
    ],
    ['BigQuery cannot be reached.', true, 'BigQuery · The connection to bigquery.example.com broke.'],
  ]);
});

test('an access that has ended names the sources to sign in at, once each', () => {
  const ended = error('NEEDS_REAUTH', 'The access to Square has ended.');
  const of = [
    stream('payments', ended, null),
    stream('orders', ended, null),
    stream('orders', error('NEEDS_REAUTH', 'The access to Lightspeed has ended.'), null, 'lightspeed'),
    stream('catalog', error('REFUSED', 'Square refuses the token.'), null),
  ];
  const found = troubles(status(of), now, 'America/Chicago').map(({ signIn }) => signIn);
  expect(found).toEqual([['main'], ['lightspeed'], []]);
});
