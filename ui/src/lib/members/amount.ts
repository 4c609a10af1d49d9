import { exponentOf } from '../format/money';

/** The largest amount that anybody means at a counter, in minor units. */
const MOST = 100_000_000_000;

/**
 * An amount that a person types, such as `12`, `12.5`, `$1,200.00`, as minor units; nothing where it is none. The digits are moved,
 * never divided.
 */
export function typedMoney(text: string, currency: string): number | null {
  const exponent = exponentOf(currency);
  const typed = text.trim().replace(/^\p{Sc}\s*/u, '');
  const match = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d*))?$/.exec(typed);
  const [whole, part] = [match?.[1]?.replaceAll(',', ''), match?.[2] ?? ''];
  if (whole === undefined || part.length > exponent) return null;
  const minor = Number(whole + part.padEnd(exponent, '0'));
  return Number.isSafeInteger(minor) && minor <= MOST ? minor : null;
}

/** `12.00` for a field, from minor units. */
export function fieldMoney(minor: number, currency: string): string {
  const exponent = exponentOf(currency);
  const digits = Math.abs(minor)
    .toString()
    .padStart(exponent + 1, '0');
  const sign = minor < 0 ? '-' : '';
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** A percentage that a person types, `12.5`, as hundredths of a percent; nothing where it is none from 0 to 100. */
export function typedPercent(text: string): number | null {
  const match = /^(\d{1,3})(?:\.(\d{0,2}))?\s*%?$/.exec(text.trim());
  if (!match?.[1]) return null;
  const points = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
  return points <= 10_000 ? points : null;
}

/** A whole number that a person types, from `least` to `most`; nothing where it is none. */
export function typedWhole(text: string, least: number, most: number): number | null {
  const typed = text.trim().replaceAll(',', '').replace('−', '-');
  if (!/^-?\d{1,12}$/.test(typed)) return null;
  const value = Number(typed);
  return value >= least && value <= most ? value : null;
}
