const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `12,345`. */
export function count(value: number): string {
  return integers.format(value);
}

/** Thousandths of a unit as `12`, `1.5` or `0.125`. */
export function units(milli: number): string {
  const sign = milli < 0 ? '−' : '';
  const size = Math.abs(milli);
  const rest = (size % 1000).toString().padStart(3, '0').replace(/0+$/, '');
  return sign + count(Math.trunc(size / 1000)) + (rest ? `.${rest}` : '');
}

/** `1 row`, `42 rows`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `3.4 MB`, in powers of 1,000 as the warehouse bills them. */
export function bytes(value: number): string {
  const names = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let step = 0;
  while (size >= 999.5 && step < names.length - 1) {
    size /= 1000;
    step += 1;
  }
  return `${step === 0 || size >= 99.5 ? Math.round(size) : size.toFixed(1)} ${names[step]}`;
}

/** Micro-dollars as `$0.04`; less than a cent is said so. */
export function microDollars(micro: number): string {
  if (micro > 0 && micro < 10_000) return 'under $0.01';
  return `$${(Math.round(micro / 10_000) / 100).toFixed(2)}`;
}
