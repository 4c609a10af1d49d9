import { count, counted } from '../format/number';
import { clock, day, dayAndClock, duration } from '../format/time';
import { vendor } from '../format/words';
import type { Filling } from '../ipc/types/Filling';
import type { Freshness } from '../ipc/types/Freshness';
import type { SourceFreshness } from '../ipc/types/SourceFreshness';

/** `Today is complete. The history is filling in: 41%, 41,200 payments, about 40 s to go.` */
export function fillingWords(filling: Filling): string {
  const start = filling.today_complete ? 'Today is complete. ' : 'Today comes first. ';
  const since = filling.complete_since ? ` (whole since ${day(filling.complete_since, 'short')})` : '';
  const left = filling.seconds_left === null ? '' : `, ${duration(filling.seconds_left)} to go`;
  return `${start}Two years are filling in${since}: ${filling.percent}%, ${counted(filling.rows, 'payment')}${left}.`;
}

/** `2:05 PM` today, else with its day. */
export function sinceWords(instant: string, now: number, zone: string): string {
  return now - new Date(instant).getTime() < 20 * 3_600_000 ? clock(instant, zone) : dayAndClock(instant, zone);
}

/** `Offline since 1:05 PM. Everything works; 42 rows wait for BigQuery.` */
export function troubleWords(source: SourceFreshness, waiting: number, now: number, zone: string): string {
  const since = source.since ?? source.last_success;
  const from = since ? ` since ${sinceWords(since, now, zone)}` : '';
  if (source.state === 'offline') {
    const rows = waiting === 0 ? 'nothing waits' : `${count(waiting)} ${waiting === 1 ? 'row waits' : 'rows wait'}`;
    return `Offline${from}. Everything works; ${rows} for BigQuery.`;
  }
  if (source.state === 'failing') return `${vendor(source.kind)} refuses Backroom${from}.`;
  return '';
}

/** ` · sales as of 1:05 PM` where a source is behind, else nothing. */
export function asOfWords(freshness: Freshness, now: number, zone: string): string {
  const behind = freshness.sources.filter((source) => source.state !== 'fresh' && source.last_success !== null);
  const oldest = behind
    .map((source) => source.last_success ?? '')
    .sort()
    .at(0);
  return oldest ? ` · sales as of ${sinceWords(oldest, now, zone)}` : '';
}
