// Amounts as the screens write them.

/** `123456` of USD as `$1,234.56`. */
export function money(/** @type {number} */ minor, currency = 'USD') {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
  const { maximumFractionDigits = 2 } = format.resolvedOptions();
  return format.format(minor / 10 ** maximumFractionDigits);
}
