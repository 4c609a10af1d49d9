import type { AppState } from '../ipc/types/AppState';

/** Why there is nothing to show: not connected, not synced yet, or really no sales. */
export function emptyWords(shop: Pick<AppState, 'first_run' | 'filling' | 'freshness' | 'business_day_start'>): string {
  if (shop.first_run) return 'No shop is connected yet.';
  const { sources } = shop.freshness;
  if (sources.length > 0 && sources.every((source) => source.state === 'never')) {
    return 'Not synced yet: the first payments appear here within seconds.';
  }
  if (shop.filling && !shop.filling.today_complete) return 'Today is being fetched.';
  if (sources.some((source) => source.state === 'offline'))
    return 'Nothing was fetched for this day before the connection was lost.';
  return 'No sales in this business day so far.';
}
