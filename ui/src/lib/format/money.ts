/** Money is integers of minor units all the way: the digits are cut, never divided. */

const symbols = new Map<string, string>();
const exponents = new Map<string, number>();

function symbolOf(currency: string): string {
  let symbol = symbols.get(currency);
  if (symbol === undefined) {
    try {
      const parts = new Intl.NumberFormat('en-US', {
        style: 'currency',
        currency,
        currencyDisplay: 'narrowSymbol',
      }).formatToParts(0);
      symbol = parts.find((part) => part.type === 'currency')?.value ?? currency;
    } catch {
      symbol = currency;
    }
    if (/\p{L}$/u.test(symbol)) symbol += '\u00a0';
    symbols.set(currency, symbol);
  }
  return symbol;
}

/** Decimals of a currency: USD 2, JPY 0, KWD 3. */
export function exponentOf(currency: string): number {
  let exponent = exponents.get(currency);
  if (exponent === undefined) {
    try {
      const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
      exponent = format.resolvedOptions().maximumFractionDigits ?? 2;
    } catch {
      exponent = 2;
    }
    exponents.set(currency, exponent);
  }
  return exponent;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1,234.56` without sign or symbol. */
export function plainMoney(minor: number, currency: string): string {
  const exponent = exponentOf(currency);
  const digits = Math.abs(minor)
    .toString()
    .padStart(exponent + 1, '0');
  const whole = grouped(digits.slice(0, digits.length - exponent));
  return exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`;
}

/** `$1,234.56`; a negative amount in parentheses, `($1,234.56)`. */
export function money(minor: number, currency: string): string {
  const text = symbolOf(currency) + plainMoney(minor, currency);
  return minor < 0 ? `(${text})` : text;
}

/** `+$240.00` or `−$240.00`, for differences. */
export function signedMoney(minor: number, currency: string): string {
  const sign = minor > 0 ? '+' : minor < 0 ? '−' : '±';
  return sign + symbolOf(currency) + plainMoney(minor, currency);
}

/** `$1.2k`, `$340`, for axes and cells where the exact amount is beside it. */
export function shortMoney(minor: number, currency: string): string {
  const units = minor / 10 ** exponentOf(currency);
  const size = Math.abs(units);
  const sign = units < 0 ? '−' : '';
  const text =
    size >= 999_500 ? `${trim(size / 1e6)}M` : size >= 999.5 ? `${trim(size / 1e3)}k` : Math.round(size).toString();
  return sign + symbolOf(currency) + text;
}

function trim(value: number): string {
  return value >= 100 ? Math.round(value).toString() : value.toFixed(1).replace(/\.0$/, '');
}
