import { money, signedMoney } from '../format/money';
import { bytes, count, units } from '../format/number';
import type { ExplainUnit } from '../ipc/types/ExplainUnit';

/** Micro-dollars to their last digit, at least to the cent: `$6.25`, `$0.00006`. */
export function exactDollars(micro: number): string {
  const digits = Math.abs(micro).toString().padStart(7, '0');
  const cents = digits.slice(-6).replace(/0{1,4}$/, '');
  return `${micro < 0 ? '−' : ''}$${count(Number(digits.slice(0, -6)))}.${cents}`;
}

/** A value of an explanation as text: exact, because somebody will add it up. */
export function valueText(value: number, unit: ExplainUnit, currency: string, isChange = false): string {
  if (unit === 'money') return isChange ? signedMoney(value, currency) : money(value, currency);
  const sign = isChange ? (value > 0 ? '+' : value < 0 ? '−' : '±') : value < 0 ? '−' : '';
  const size = Math.abs(value);
  switch (unit) {
    case 'count':
      return sign + count(size);
    case 'milli':
      return sign + units(size);
    case 'bytes':
      return sign + (size < 1000 ? bytes(size) : `${count(size)} bytes (${bytes(size)})`);
    case 'micro_usd':
      return sign + exactDollars(size);
    case 'percent':
      return `${sign}${count(size)} %`;
  }
}
