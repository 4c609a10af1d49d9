import type { AppState } from '../ipc/types/AppState';
import type { Attention } from '../ipc/types/Attention';
import { views, type View } from '../state/router.svelte';

type Shop = Pick<AppState, 'first_run' | 'filling' | 'freshness'>;

/** Why there is nothing to show: not connected, not synced yet, or really no sales. `today`: whether it is of today alone. */
export function emptyWords(shop: Shop, today = true): string {
  if (shop.first_run) return 'No shop is connected yet.';
  const { sources } = shop.freshness;
  if (sources.length > 0 && sources.every((source) => source.state === 'never')) {
    return 'Not synced yet: the first payments appear here within seconds.';
  }
  if (!today)
    return shop.filling ? 'No sales in these days so far: the history is filling in.' : 'No sales in these days.';
  if (shop.filling && !shop.filling.today_complete) return 'Today is being fetched.';
  if (sources.some((source) => source.state === 'offline'))
    return 'Nothing was fetched for this day before the connection was lost.';
  return 'No sales in this business day so far.';
}

/** Where an item that needs somebody is dealt with, and what the link there is called. */
export function attentionLink(item: Pick<Attention, 'screen'>): { view: View; name: string } {
  const view = views.find((known) => known === item.screen) ?? 'sync';
  return { view, name: view === 'products' ? 'See which' : `Open ${view.charAt(0).toUpperCase()}${view.slice(1)}` };
}
