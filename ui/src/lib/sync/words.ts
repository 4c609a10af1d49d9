import { count, counted } from '../format/number';
import { ago, clock } from '../format/time';
import type { RateLimit } from '../ipc/types/RateLimit';
import type { SyncStatus } from '../ipc/types/SyncStatus';

type Reading = Pick<SyncStatus, 'streams' | 'running' | 'next_at' | 'every_minutes'>;

/** When everything was last read to the end; null where a stream has not come to its end yet. */
export function lastComplete(streams: SyncStatus['streams']): string | null {
  const ends = streams.map((stream) => stream.last_success).sort();
  return ends.includes(null) ? null : (ends[0] ?? null);
}

/** What is read when, and how complete it is. `connected`: whether there is a point of sale to read from. */
export function readingWords(status: Reading, connected: boolean, now: number, zone: string): string {
  if (!connected) return 'Nothing is connected, so nothing is read.';
  const last = lastComplete(status.streams);
  const ended = last ? `Last complete ${ago(last, now)}.` : 'Not complete yet.';
  if (status.running) return `Reading from the point of sale now. ${ended}`;
  if (!status.next_at) return `Not scheduled. ${ended}`;
  const every = status.every_minutes === 1 ? 'minute' : `${status.every_minutes} minutes`;
  return `Every ${every}; next at ${clock(status.next_at, zone)}. ${ended}`;
}

/** How the rows for the warehouse stand: delivered, waiting, refused for good. */
export function queueWords(status: Pick<SyncStatus, 'tables' | 'warehouse_configured'>): string {
  const of = (key: 'pending' | 'dead') => status.tables.reduce((sum, table) => sum + table[key], 0);
  const [waiting, refused] = [of('pending'), of('dead')];
  if (!status.warehouse_configured) return waiting === 0 ? 'Not connected.' : 'Not connected: rows wait on this PC.';
  const kept =
    refused === 0 ? '' : `${counted(refused, 'row')} ${refused === 1 ? 'was' : 'were'} refused and kept here`;
  if (waiting === 0) return kept ? `${kept}; every other is delivered.` : 'Every row is delivered.';
  return `${count(waiting)} ${waiting === 1 ? 'row waits' : 'rows wait'}, safe on this PC${kept ? `; ${kept}` : ''}.`;
}

/** How much of what a vendor allows is used, and how much comes free again. */
export function limitWords(limit: RateLimit): string {
  return `${limit.source}: ${limit.percent} % of the calls it allows are used; it frees ${counted(limit.per_minute, 'unit')} a minute, and Backroom keeps below that by itself.`;
}
