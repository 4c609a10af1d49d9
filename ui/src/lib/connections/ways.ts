import type { SourceConnection } from '../ipc/types/SourceConnection';
import type { SignInState } from '../ipc/types/SignInState';

/** How a point of sale is connected. */
export type Way = 'sign-in' | 'token';

const SQUARE_SANDBOX = 'https://connect.squareupsandbox.com';
const DAY_MS = 86_400_000;
/** From so many days on, an end is told as a warning. */
const SOON_DAYS = 14;

/** The way a point of sale is connected now, or the usual one of its kind. */
export function wayOf(kind: string, source: SourceConnection | undefined, waits: boolean): Way {
  if (waits || source?.signed_in || source?.client_id) return 'sign-in';
  return source?.connected || kind === 'square' ? 'token' : 'sign-in';
}

/** The sign-in that waits, or that failed last, where it is of this point of sale. */
export function signInOf(signIn: SignInState | null | undefined, kind: string, name: string): SignInState | null {
  return signIn && signIn.kind === kind && signIn.name === name ? signIn : null;
}

/** Whether the vendor must be told of a page by which it comes back. */
export function needsPage(kind: string, address: string | undefined): boolean {
  return kind === 'square' && !(address?.startsWith('http://') || address === SQUARE_SANDBOX);
}

/** `4:32`; `0:00` when the time is over. */
export function countdown(until: string, now: number): string {
  const left = Math.max(0, Math.ceil((new Date(until).getTime() - now) / 1000));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
}

/** Whole days until then; none where it is over. */
export function daysLeft(until: string, now: number): number {
  return Math.max(0, Math.floor((new Date(until).getTime() - now) / DAY_MS));
}

/** Whether a time has not come yet. */
export function isAhead(at: string, now: number): boolean {
  return new Date(at).getTime() > now;
}

/** Whether an access ends so soon that a person should know. */
export function endsSoon(until: string, now: number): boolean {
  return daysLeft(until, now) < SOON_DAYS;
}

/** `in 83 days`, `in 1 day`, `in less than a day`. */
export function inDays(until: string, now: number): string {
  const days = daysLeft(until, now);
  return days === 0 ? 'in less than a day' : days === 1 ? 'in 1 day' : `in ${days} days`;
}

/** Whether a text looks like the id of an application: one word without spaces. */
export function isId(text: string): boolean {
  return /^[\x21-\x7e]{1,400}$/.test(text.trim());
}

/** Whether a text is an encrypted address with a name of its own. */
export function isHttps(text: string): boolean {
  try {
    const url = new URL(text.trim());
    return url.protocol === 'https:' && url.hostname !== '';
  } catch {
    return false;
  }
}
