import type { Desk } from '../ipc/types/Desk';
import type { DeskDraft } from '../ipc/types/DeskDraft';
import type { Settings } from '../ipc/types/Settings';
import type { SettingsDraft } from '../ipc/types/SettingsDraft';

/** The settings as they are with one section changed: a section that is saved takes no other along. */
export function draftOf(settings: Settings, change: Partial<SettingsDraft>): SettingsDraft {
  const { time_zone, business_day_start, every_minutes, live, daily_budget_usd } = settings;
  const { customer_name, customer_email, customer_phone } = settings;
  const customers = { customer_name, customer_email, customer_phone };
  const left = { shop_name: null, raw_days: null, receipt_days: null, audit_days: null, locations: null };
  return { time_zone, business_day_start, every_minutes, live, daily_budget_usd, ...customers, ...left, ...change };
}

/** What Backroom does beside its screens, with one part changed: a part that is saved takes no other along. */
export function deskDraft(desk: Desk, change: Partial<DeskDraft>): DeskDraft {
  const { failures, summary, quiet_from, quiet_until, start_at_login, id_check_keys } = desk;
  return { failures, summary, quiet_from, quiet_until, start_at_login, id_check_keys, ...change };
}

/** For how long something is kept, to choose from; what is chosen now is among them. */
export function spans(chosen: number): { days: number; name: string }[] {
  const usual = [90, 180, 365, 730, 2_555];
  const all = usual.includes(chosen) || chosen === 0 ? usual : [...usual, chosen].sort((one, other) => one - other);
  return [...all, 0].map((days) => ({ days, name: spanName(days) }));
}

/** `90 days`, `2 years`, `For ever`. */
export function spanName(days: number): string {
  if (days === 0) return 'For ever';
  const years = days / 365;
  return Number.isInteger(years) ? (years === 1 ? '1 year' : `${years} years`) : `${days} days`;
}

/** What is wrong with a name, or nothing; an empty one is none at all. */
export function nameFault(text: string): string {
  return [...text.trim()].length > 60 ? 'A name has sixty letters at most.' : '';
}

/** Whole minutes out of what was typed; none where it is no number from 1 to 1440. */
export function minutesOf(text: string): number | null {
  const number = /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0;
  return number >= 1 && number <= 1_440 ? number : null;
}

/** `HH:MM` out of a time of day as it is typed: `4`, `4:30`, `04:30`, `4 am`, `4:30 PM`; none where it is no time. */
export function timeOf(text: string): string | null {
  const [, hours, minutes = '00', half] = /^\s*(\d{1,2})(?::(\d{2}))?\s*([ap])?\.?m?\.?\s*$/i.exec(text) ?? [];
  if (hours === undefined) return null;
  const number = Number(hours);
  if (half !== undefined && (number < 1 || number > 12)) return null;
  const hour = half === undefined ? number : (number % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  if (hour > 23 || Number(minutes) > 59) return null;
  return `${String(hour).padStart(2, '0')}:${minutes}`;
}

/** `4:00 AM`, out of `04:00`. */
export function timeName(time: string): string {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return `${hour % 12 === 0 ? 12 : hour % 12}:${String(minute).padStart(2, '0')} ${hour < 12 ? 'AM' : 'PM'}`;
}

/** What is wrong with an amount in US dollars, or nothing. */
export function amountFault(text: string): string {
  return /^\d{1,6}(\.\d{1,6})?$/.test(text.trim()) ? '' : 'An amount in dollars, such as 1.00.';
}

/** `41 s`, `3 min 5 s`. */
export function spell(seconds: number): string {
  const rest = seconds % 60;
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min${rest ? ` ${rest} s` : ''}`;
}
