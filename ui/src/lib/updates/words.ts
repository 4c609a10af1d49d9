import { bytes } from '../format/number';
import { clock, dayAndClock } from '../format/time';
import type { UpdateStatus } from '../ipc/types/UpdateStatus';

/** `at 9:00 PM` today, else with its day. */
function at(instant: string, now: number, zone: string): string {
  const dayOf = (time: string | number) => dayAndClock(time, zone).split(',')[0];
  return dayOf(instant) === dayOf(now) ? `at ${clock(instant, zone)}` : `on ${dayAndClock(instant, zone)}`;
}

/** Where it stands, in one sentence. */
export function stateWords(status: UpdateStatus, now: number, zone: string): string {
  const version = status.offer ? `Version ${status.offer.version}` : 'A newer version';
  switch (status.state) {
    case 'unavailable':
      return 'This build does not update itself.';
    case 'none':
      return status.checked_at
        ? `Nothing newer. Backroom last asked ${at(status.checked_at, now, zone)}, and asks once a day.`
        : 'Backroom has not asked yet. It asks once a day.';
    case 'checking':
      return 'Asking…';
    case 'not_yet':
      return `${version} is given out step by step. This computer’s turn comes in the next days.`;
    case 'found':
      return `${version} is there. It is fetched in the background.`;
    case 'downloading':
      return `${version} is coming: ${progressWords(status)}.`;
    case 'ready':
      return `${version} is here. ${whenWords(status, now, zone)}`;
    case 'installing':
      return `${version} is being installed. Backroom starts again by itself.`;
  }
}

/** When an update that is here goes in. */
export function whenWords(status: UpdateStatus, now: number, zone: string): string {
  if (status.by_hand) return 'This system asks for a password, so it goes in when somebody presses Install now.';
  if (!status.installs_at) return 'The shop never closes for long, so it goes in when somebody presses Install now.';
  const when = `It goes in ${at(status.installs_at, now, zone)}, after closing.`;
  return status.later_until ? `Put off until ${dayAndClock(status.later_until, zone)}. ${when}` : when;
}

/** `12 of 34 MB`. */
export function progressWords(status: UpdateStatus): string {
  return `${bytes(status.done_bytes ?? 0)} of ${bytes(status.offer?.size_bytes ?? 0)}`;
}

/** How much of the installer is here, 0 to 100. */
export function percent(status: UpdateStatus): number {
  const size = status.offer?.size_bytes ?? 0;
  return size === 0 ? 0 : Math.floor(((status.done_bytes ?? 0) * 100) / size);
}

/** Which notice stands above every screen; none where there is nothing to say. */
export type Notice = 'unwell' | 'updated' | 'ready' | 'installing';

export function noticeOf(status: UpdateStatus | undefined): Notice | null {
  if (!status) return null;
  if (status.state === 'installing') return 'installing';
  if (status.updated?.wrong) return 'unwell';
  if (status.state === 'ready' && !status.later_until) return 'ready';
  return status.updated ? 'updated' : null;
}
