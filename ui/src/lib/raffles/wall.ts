import { typedDay } from '../age/words';

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a wall clock in a zone says at an instant, as milliseconds of the same words in UTC. */
function wallOf(instant: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    const parts = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    format = new Intl.DateTimeFormat('en-US', { ...parts, timeZone: zone, hourCycle: 'h23' });
    formats.set(zone, format);
  }
  const found = new Map(format.formatToParts(new Date(instant)).map((part) => [part.type, Number(part.value)]));
  const of = (type: Intl.DateTimeFormatPartTypes) => found.get(type) ?? 0;
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'));
}

/**
 * The instant at which a wall clock in `zone` says `day` (`YYYY-MM-DD`) and `minutes` after midnight. An hour that a clock
 * change leaves out is taken as the hour after it; of an hour that comes twice the first is meant.
 */
export function instantOf(day: string, minutes: number, zone: string): string {
  const meant = Date.parse(`${day}T00:00:00Z`) + minutes * 60_000;
  // The zone’s distance from UTC a day before and a day after: one of both is right, or the hour is left out.
  const distances = [-86_400_000, 86_400_000].map((way) => wallOf(meant + way, zone) - (meant + way));
  const guesses = distances.map((distance) => meant - distance).sort((a, b) => a - b);
  const right = guesses.find((guess) => wallOf(guess, zone) === meant);
  return new Date(right ?? guesses[1] ?? meant).toISOString();
}

/** Day and time of an instant as a person types them: `11/20/2026` and `2:05 PM`. */
export function typedWall(instant: string, zone: string): { day: string; time: string } {
  const at = new Date(wallOf(Date.parse(instant), zone));
  const two = (value: number) => value.toString().padStart(2, '0');
  const hour = at.getUTCHours();
  return {
    day: `${two(at.getUTCMonth() + 1)}/${two(at.getUTCDate())}/${at.getUTCFullYear()}`,
    time: `${hour % 12 || 12}:${two(at.getUTCMinutes())} ${hour < 12 ? 'AM' : 'PM'}`,
  };
}

/** Minutes after midnight of a time that a person types: `2 PM`, `2:05pm`, `14:05`. Nothing where it is no time. */
export function typedTime(text: string): number | null {
  const found = /^\s*(\d{1,2})(?::(\d{2}))?\s*([ap])?\.?\s*(?:m\.?)?\s*$/i.exec(text);
  if (!found) return null;
  const [, hours = '', minutes = '00', half] = found;
  const hour = Number(hours);
  const minute = Number(minutes);
  // A bare number could be morning or evening.
  if (minute > 59 || (!half && !found[2])) return null;
  if (!half) return hour < 24 ? hour * 60 + minute : null;
  if (hour < 1 || hour > 12) return null;
  return ((hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)) * 60 + minute;
}

/** The instant of a day and a time as they are typed; nothing where one of them is not understood. */
export function typedInstant(day: string, time: string, zone: string): string | null {
  const date = typedDay(day);
  const minutes = typedTime(time);
  return date === null || minutes === null ? null : instantOf(date, minutes, zone);
}
