import { sinceWords } from '../shell/banner-words';
import type { ApiError } from '../ipc/types/ApiError';
import type { SyncStatus } from '../ipc/types/SyncStatus';
import { entity } from '../format/words';

export interface Trouble {
  key: string;
  error: ApiError;
  /** Whether it is only the line that is down: everything is kept and goes on by itself. */
  calm: boolean;
  /** Whom it concerns and since when. */
  since: string;
  /** The sources whose access only signing in brings back. */
  signIn: string[];
}

const WAREHOUSE = 'BigQuery';

/** Whether the trouble is the connection’s and not somebody’s: it goes over by itself. */
export function isOfTheLine(error: Pick<ApiError, 'code'>): boolean {
  return ['HTTP_UNREACHABLE', 'HTTP_CUT', 'HTTP_TIMED_OUT'].includes(error.code);
}

/** Whether only signing in again brings the access back. */
export function needsSignIn(error: Pick<ApiError, 'code'>): boolean {
  return error.code === 'NEEDS_REAUTH';
}

/** The same trouble of several streams or tables is said once, with all whom it concerns. */
export function troubles(status: SyncStatus, now: number, zone: string): Trouble[] {
  const found = new Map<string, { error: ApiError; who: Set<string>; since: string | null; sources: Set<string> }>();
  const put = (error: ApiError, who: string | null, since: string | null, source?: string) => {
    const key = `${error.code} ${error.message}`;
    const known = found.get(key) ?? { error, who: new Set<string>(), since, sources: new Set<string>() };
    if (who) known.who.add(who);
    if (source !== undefined) known.sources.add(source);
    if (since !== null && (known.since === null || since < known.since)) known.since = since;
    found.set(key, known);
  };
  for (const stream of status.streams)
    if (stream.trouble) put(stream.trouble, entity(stream.entity), stream.trouble_since, stream.source);
  if (status.warehouse_trouble) put(status.warehouse_trouble, WAREHOUSE, null);
  for (const table of status.tables) if (table.trouble) put(table.trouble, null, table.trouble_since);
  return [...found.entries()].map(([key, { error, who, since, sources }]) => {
    const calm = isOfTheLine(error);
    const whom = [[...who].join(', '), since ? `since ${sinceWords(since, now, zone)}` : ''];
    return {
      key,
      // What the system said comes last: that it is the line is what matters.
      error: calm
        ? { ...error, message: `${who.has(WAREHOUSE) ? WAREHOUSE : 'The point of sale'} cannot be reached.` }
        : error,
      calm,
      signIn: needsSignIn(error) ? [...sources] : [],
      since: [...whom, calm ? error.message : ''].filter(Boolean).join(' · '),
    };
  });
}
