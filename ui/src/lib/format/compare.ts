/** Fewer tickets than this say nothing about a percentage. */
export const SMALLEST_BASE = 5;

export interface Comparison {
  direction: 'up' | 'down' | 'same';
  /** Whole percent; none when the base is too small or not positive. */
  percent: number | null;
  difference: number;
}

/** Compares a figure with its base. `baseTickets` is the number of payments behind the base. */
export function compare(now: number, base: number, baseTickets: number): Comparison {
  const difference = now - base;
  const percent = base > 0 && baseTickets >= SMALLEST_BASE ? Math.round((Math.abs(difference) / base) * 100) : null;
  return { direction: difference > 0 ? 'up' : difference < 0 ? 'down' : 'same', percent, difference };
}

/** `▲ 12%`, `▼ 3%`, `＝`; only the arrow where a percentage would say nothing. */
export function arrow(comparison: Comparison): string {
  if (comparison.direction === 'same') return '＝';
  const mark = comparison.direction === 'up' ? '▲' : '▼';
  return comparison.percent === null ? mark : `${mark} ${comparison.percent}%`;
}
