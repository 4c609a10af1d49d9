/** Fewer tickets than this say nothing about a percentage. */
export const SMALLEST_BASE = 5;
/** A larger percentage only says that there was hardly a base. */
const LARGEST_PERCENT = 999;

export interface Comparison {
  direction: 'up' | 'down' | 'same';
  /** Whole percent; none when the base is too small or not positive. */
  percent: number | null;
  difference: number;
}

/** Compares a figure with its base. `baseTickets` is the number of payments behind the base. */
export function compare(now: number, base: number, baseTickets: number): Comparison {
  const difference = now - base;
  const share = base > 0 && baseTickets >= SMALLEST_BASE ? Math.round((Math.abs(difference) / base) * 100) : null;
  const percent = share !== null && share <= LARGEST_PERCENT ? share : null;
  return { direction: difference > 0 ? 'up' : difference < 0 ? 'down' : 'same', percent, difference };
}

/** `12%`; empty where a percentage would say nothing. */
export function percentText(comparison: Comparison): string {
  return comparison.percent === null || comparison.direction === 'same' ? '' : `${comparison.percent}%`;
}
