import { hourName } from '../format/time';
import type { HourPace } from '../ipc/types/HourPace';
import { busy } from './scale';

/** Minutes past the hour at which business days begin, from `HH:MM`. */
export function startMinute(dayStart: string): number {
  return Number(dayStart.slice(3, 5)) || 0;
}

/**
 * What an hour of the business day is called. Where days begin within an hour there are 25 of them: the rest of that hour
 * comes first and is called by its first minute, its beginning comes last.
 */
export function slotName(hour: number, index: number, minute: number, short = false): string {
  const name = hourName(hour, short);
  if (index > 0 || minute === 0) return name;
  const digits = `:${minute.toString().padStart(2, '0')}`;
  return name.replace(/^\d+/, (hours) => hours + digits);
}

/** How much of the hour that runs is over, 0–1; `minute` is that of the shop's clock. */
export function slotPart(index: number, slots: number, minute: number, startsAt: number): number {
  if (startsAt === 0 || slots <= 24) return minute / 60;
  const [from, to] = index === 0 ? [startsAt, 60] : index === slots - 1 ? [0, startsAt] : [0, 60];
  return Math.min(1, Math.max(0, (minute - from) / (to - from)));
}

/** The first and last hour that a chart of today shows: those with sales today or a week ago, and the one that runs now. */
export function hoursOfToday(
  hours: readonly Pick<HourPace, 'transactions' | 'last_week_net_minor'>[],
  hourNow: number | null,
): [number, number] {
  return busy(hours.map((hour, index) => hour.transactions > 0 || hour.last_week_net_minor !== 0 || index === hourNow));
}
