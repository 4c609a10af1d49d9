import { counted } from '../format/number';
import { clock, day, dayAndClock, duration } from '../format/time';
import { vendor } from '../format/words';
import type { AppState } from '../ipc/types/AppState';
import type { Filling } from '../ipc/types/Filling';
import type { SourceFreshness } from '../ipc/types/SourceFreshness';
import type { SyncStatus } from '../ipc/types/SyncStatus';

/** `Today is complete. The history is filling in: 41%, 41,200 payments, about 40 s to go.` */
export function fillingWords(filling: Filling): string {
  const start = filling.today_complete ? 'Today is complete. ' : 'Today comes first. ';
  const since = filling.complete_since ? ` (complete since ${day(filling.complete_since, 'short')})` : '';
  const left = filling.seconds_left === null ? '' : `, ${duration(filling.seconds_left)} to go`;
  return `${start}Two years are filling in${since}: ${filling.percent}%, ${counted(filling.rows, 'payment')}${left}.`;
}

/** `2:05 PM` today, else with its day. */
export function sinceWords(instant: string, now: number, zone: string): string {
  const dayOf = (at: string | number) => dayAndClock(at, zone).split(',')[0];
  return dayOf(instant) === dayOf(now) ? clock(instant, zone) : dayAndClock(instant, zone);
}

/** `Offline since 1:05 PM. Everything here still works.` */
export function troubleWords(source: SourceFreshness, now: number, zone: string): string {
  const since = source.since ?? source.last_success;
  const from = since ? ` since ${sinceWords(since, now, zone)}` : '';
  if (source.state === 'offline') return `${vendor(source.kind)}: offline${from}. Everything here still works.`;
  if (source.trouble?.code === 'NEEDS_REAUTH') return `${vendor(source.kind)} needs a sign-in${from}.`;
  if (source.state === 'failing') return `${vendor(source.kind)} refuses Backroom${from}.`;
  return '';
}

/** Up to when all sources have been read: the oldest of their last readings to the end. */
function readUntil(sources: readonly SourceFreshness[]): string | undefined {
  return sources
    .flatMap((source) => source.last_success ?? [])
    .sort()
    .at(0);
}

type Kept = Pick<AppState, 'freshness' | 'storage_problem'>;

/** `Nothing new is kept since 1:05 PM.` where this computer cannot store anything, else nothing. */
export function keptWords(shop: Kept, now: number, zone: string): string {
  if (!shop.storage_problem) return '';
  const until = readUntil(shop.freshness.sources);
  return `Nothing new is kept${until ? ` since ${sinceWords(until, now, zone)}` : ''}.`;
}

/** ` · sales as of 1:05 PM` where a source is behind or nothing new is kept, else nothing. */
export function asOfWords(shop: Kept, now: number, zone: string): string {
  const behind = shop.freshness.sources.filter((source) => shop.storage_problem || source.state !== 'fresh');
  const until = readUntil(behind);
  return until ? ` · sales as of ${sinceWords(until, now, zone)}` : '';
}

/** How the deliveries stand, for the line at the foot of every screen. */
export interface Delivery {
  words: string;
  /** `failing` and `refused` are for a person to look at. */
  state: 'fresh' | 'waiting' | 'refused' | 'failing' | 'none';
}

/** `has every row`, `42 rows waiting`, `refused 1 row, has all others`; without a status what the number that waits tells alone. */
export function deliveryWords(waiting: number, status: SyncStatus | undefined): Delivery {
  const rows = waiting === 0 ? '' : `${counted(waiting, 'row')} waiting`;
  if (status && !status.warehouse_configured) {
    return { state: 'none', words: rows ? `not connected, ${rows}` : 'not connected' };
  }
  const trouble = status?.warehouse_trouble;
  if (trouble && !trouble.retryable) return { state: 'failing', words: `refuses Backroom, ${rows}`.replace(/, $/, '') };
  const refused = status?.tables.reduce((sum, table) => sum + table.dead, 0) ?? 0;
  if (refused > 0) {
    const words = [`refused ${counted(refused, 'row')}`, rows || 'has all others'].join(', ');
    return { state: 'refused', words };
  }
  return rows ? { state: 'waiting', words: rows } : { state: 'fresh', words: 'has every row' };
}
