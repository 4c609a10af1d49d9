import type { HeatCell } from '../ipc/types/HeatCell';
import { busy } from './scale';

/** 0 for nothing, 1–5 by fifths of the largest cell. */
export function heatLevel(value: number, top: number): number {
  if (value <= 0 || top <= 0) return 0;
  return Math.min(5, Math.floor((value / top) * 5) + 1);
}

/** The hours of the business day in which anything was sold, with a margin, in their order from its start. */
export function hoursShown(cells: readonly HeatCell[], dayStart: number): number[] {
  const order = Array.from({ length: 24 }, (_, index) => (dayStart + index) % 24);
  const used = new Set(cells.filter((cell) => cell.transactions > 0).map((cell) => cell.hour));
  if (used.size === 0) return order;
  const [from, to] = busy(order.map((hour) => used.has(hour)));
  return order.slice(from, to + 1);
}
