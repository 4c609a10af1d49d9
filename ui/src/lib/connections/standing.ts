import type { ApiError } from '../ipc/types/ApiError';
import type { Removed } from '../ipc/types/Removed';
import type { SourceFreshness } from '../ipc/types/SourceFreshness';
import type { SyncStatus } from '../ipc/types/SyncStatus';
import { isOfTheLine } from '../sync/troubles';

/** What readings or deliveries over a connection last met with. */
export interface Met {
  error: ApiError;
  /** Since when. */
  since: string | null;
}

/** What the last readings of a point of sale met with. */
export function metBySource(freshness: SourceFreshness | undefined): Met | null {
  return freshness?.trouble ? { error: freshness.trouble, since: freshness.since } : null;
}

/** What the last deliveries to the warehouse met with. */
export function metByWarehouse(
  status: Pick<SyncStatus, 'warehouse_trouble' | 'tables'> | null | undefined,
): Met | null {
  const error = status?.warehouse_trouble;
  if (!status || !error) return null;
  const since = status.tables
    .flatMap((table) => (table.trouble?.code === error.code ? (table.trouble_since ?? []) : []))
    .sort()
    .at(0);
  return { error, since: since ?? null };
}

/** How a connection stands in a word or two; `since`: since when its trouble lasts, as words. */
export function badge(connected: boolean, trouble: ApiError | null, since = ''): { words: string; look: string } {
  if (trouble && (!trouble.retryable || !connected)) return { words: 'Needs you', look: 'bad' };
  if (!connected) return { words: 'Not connected', look: '' };
  if (!trouble) return { words: 'Connected', look: 'on' };
  const what = isOfTheLine(trouble) ? 'not reachable' : 'waiting';
  return { words: `Connected · ${what}${since ? ` since ${since}` : ''}`, look: 'warn' };
}

/** A trouble as the card of a connection tells it: of a line that is down only that it is, whatever the system called it. */
export function plainly(trouble: ApiError, name: string): ApiError {
  return isOfTheLine(trouble) ? { ...trouble, message: `${name} cannot be reached from this computer.` } : trouble;
}

/** What became of a connection that was removed, and what is left to do at its vendor. */
export function leftWords(title: string, what: Removed): string {
  const here = `${title} is removed from this computer.`;
  if (what.left) return `${here} One thing is left to do. ${what.left}`;
  return what.withdrawn ? `${here} The access is withdrawn there as well.` : `${here} Nothing is left to do.`;
}
