/** Round steps that cover a range, zero always among them. */
export function ticks(low: number, high: number, wanted = 4): number[] {
  const bottom = Math.min(0, low);
  const top = Math.max(0, high);
  if (top === bottom) return [0];
  const raw = (top - bottom) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= raw) ?? raw;
  const first = Math.floor(bottom / step);
  const last = Math.ceil(top / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** A straight-line scale from values to places. */
export function linear(from: [number, number], to: [number, number]): (value: number) => number {
  const span = from[1] - from[0] || 1;
  return (value) => to[0] + ((value - from[0]) / span) * (to[1] - to[0]);
}

/** The places of first and last hour with anything in them, one hour of margin, at least `least` long. */
export function busy(hours: readonly boolean[], least = 8): [number, number] {
  const first = hours.indexOf(true);
  if (first < 0) return [0, hours.length - 1];
  let from = Math.max(0, first - 1);
  let to = Math.min(hours.length - 1, hours.lastIndexOf(true) + 1);
  while (to - from + 1 < Math.min(least, hours.length)) {
    if (to < hours.length - 1) to += 1;
    if (from > 0 && to - from + 1 < least) from -= 1;
  }
  return [from, to];
}

/** Every how many labels one is shown, so that they stay `gap` apart. */
export function every(labels: number, width: number, gap: number): number {
  return Math.max(1, Math.ceil((labels * gap) / Math.max(1, width)));
}
