import type { AgeSettings } from '../ipc/types/AgeSettings';
import type { AgeVerdict } from '../ipc/types/AgeVerdict';
import type { Colour } from './sound';

const goods: Record<string, string> = {
  tobacco: 'Tobacco',
  vapor: 'Vapor',
  hemp: 'Hemp',
  accessory: 'Accessories',
  other: 'Other',
};

/** A class of goods in words. */
export const goodsName = (code: string): string => goods[code] ?? plain(code);

const documents: Record<string, string> = {
  driver_license: 'Driver’s license',
  state_id: 'State ID',
  passport: 'Passport',
  military_id: 'Military ID',
  other: 'Another document',
};

/** A kind of document in words. */
export const documentName = (code: string): string => documents[code] ?? plain(code);

/** A code in words, such as a reason: `under_age` is “Under age”. */
export function plain(code: string): string {
  const words = code.replaceAll('_', ' ').replaceAll(':', ': ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The word that is read from two metres. */
export const word: Record<Colour, string> = {
  green: 'OK to sell',
  red: 'Do not sell',
  amber: 'Look at the card',
};

/** The colour of a verdict; whatever is not known is a look at the card. */
export function colourOf(verdict: AgeVerdict): Colour {
  return verdict.verdict === 'green' || verdict.verdict === 'red' ? verdict.verdict : 'amber';
}

/** When a card expires, in words. */
export function expiryWords(days: number): string {
  if (days < 0) return days === -1 ? 'expired yesterday' : `expired ${-days} days ago`;
  if (days === 0) return 'today is its last day';
  return days < 60 ? `valid ${days} more ${days === 1 ? 'day' : 'days'}` : 'valid';
}

/** What a law says of scanning, in words. */
export function scanningWords(code: string): string {
  if (code === 'required') return 'A scan is required.';
  return code === 'prohibited' ? 'Cards are not scanned here: look at them.' : '';
}

/**
 * A date that a person types, as `YYYY-MM-DD`: also month, day and year as cards of the States write them, with or without
 * strokes between. Nothing where it is no day.
 */
export function typedDay(text: string): string | null {
  const digits = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*$/.exec(text);
  const american =
    /^\s*(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{4})\s*$/.exec(text) ?? /^\s*(\d{2})(\d{2})(\d{4})\s*$/.exec(text);
  const [year, month, day] = digits
    ? [digits[1], digits[2], digits[3]]
    : american
      ? [american[3], american[1], american[2]]
      : [];
  if (!year || !month || !day) return null;
  const value = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const date = new Date(`${value}T00:00:00Z`);
  // The calendar turns February 30 into March: such a day was not meant.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value) ? value : null;
}

/** Control characters of a scanner's mark, as they are typed into a field. */
export const markShown = (mark: string): string =>
  mark.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
export const markMeant = (typed: string): string =>
  typed.replaceAll('\\n', '\n').replaceAll('\\r', '\n').replaceAll('\\t', '\t');

/** Whether two settings are the same, in whatever order their fields came. */
export function sameSettings(one: AgeSettings, other: AgeSettings): boolean {
  const said = (value: object) => JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  const rows = ({ ages }: AgeSettings) => ages.map(said).join('\n');
  return rows(one) === rows(other) && said({ ...one, ages: [] }) === said({ ...other, ages: [] });
}
