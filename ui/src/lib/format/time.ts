/** Instants are shown on the shop's wall clock; business days are plain `YYYY-MM-DD` and never pass through a zone. */

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const id = `${zone} ${key}`;
  let found = formats.get(id);
  if (!found) {
    try {
      found = new Intl.DateTimeFormat('en-US', { ...options, timeZone: zone });
    } catch {
      found = new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' });
    }
    formats.set(id, found);
  }
  return found;
}

/** `2:10 PM` on the shop's wall. */
export function clock(instant: string | number, zone: string): string {
  return format(zone, 'clock', { hour: 'numeric', minute: '2-digit' }).format(new Date(instant));
}

/** `Nov 20, 2:10 PM` on the shop's wall. */
export function dayAndClock(instant: string | number, zone: string): string {
  return format(zone, 'day', { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' }).format(
    new Date(instant),
  );
}

/** The wall clock's hour and minute. */
export function wall(instant: string | number, zone: string): { hour: number; minute: number } {
  const parts = format(zone, 'wall', { hour: 'numeric', minute: 'numeric', hourCycle: 'h23' }).formatToParts(
    new Date(instant),
  );
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return { hour: read('hour'), minute: read('minute') };
}

/** `9 AM`; short form `9a`. */
export function hourName(hour: number, short = false): string {
  const twelve = hour % 12 === 0 ? 12 : hour % 12;
  return short ? `${twelve}${hour < 12 ? 'a' : 'p'}` : `${twelve} ${hour < 12 ? 'AM' : 'PM'}`;
}

function utc(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

/** Adds days to a business day. */
export function addDays(day: string, days: number): string {
  return new Date(utc(day).getTime() + days * DAY_MS).toISOString().slice(0, 10);
}

/** Days from the first to the last business day, both counted. */
export function daysBetween(from: string, to: string): number {
  return Math.round((utc(to).getTime() - utc(from).getTime()) / DAY_MS) + 1;
}

/** 0 Monday … 6 Sunday. */
export function weekday(day: string): number {
  return (utc(day).getUTCDay() + 6) % 7;
}

export const weekdayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** The Monday of a business day's week. */
export function monday(day: string): string {
  return addDays(day, -weekday(day));
}

/** The first day of a business day's month. */
export function firstOfMonth(day: string): string {
  return `${day.slice(0, 8)}01`;
}

/** The last day of a business day's month. */
export function lastOfMonth(day: string): string {
  const date = utc(firstOfMonth(day));
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).toISOString().slice(0, 10);
}

/** The same first of month, so many months later. */
export function addMonths(day: string, months: number): string {
  const date = utc(firstOfMonth(day));
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)).toISOString().slice(0, 10);
}

type DayStyle = 'long' | 'medium' | 'short' | 'month' | 'number';

/** A business day in words: `Friday, November 20`, `Fri, Nov 20`, `Nov 20`, `November 2026`, `20`. */
export function day(value: string, style: DayStyle = 'medium', yearOf?: string): string {
  const options: Record<DayStyle, Intl.DateTimeFormatOptions> = {
    long: { weekday: 'long', month: 'long', day: 'numeric' },
    medium: { weekday: 'short', month: 'short', day: 'numeric' },
    short: { month: 'short', day: 'numeric' },
    month: { month: 'long', year: 'numeric' },
    number: { day: 'numeric' },
  };
  const other = yearOf !== undefined && yearOf.slice(0, 4) !== value.slice(0, 4);
  return format('UTC', `${style} ${other}`, { ...options[style], ...(other ? { year: 'numeric' } : {}) }).format(
    utc(value),
  );
}

/** Whether a text is a real business day. */
export function isDay(value: string | null | undefined): value is string {
  return !!value && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(utc(value).getTime());
}

/** `just now`, `3 min ago`, `2 h ago`, `4 days ago`. */
export function ago(instant: string, now: number): string {
  const minutes = Math.floor((now - new Date(instant).getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

/** `about 40 s`, `about 3 min`, `about 2 h`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5_400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${Math.round(seconds / 3_600)} h`;
}
