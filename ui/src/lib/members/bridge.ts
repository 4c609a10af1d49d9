/** A part of the way from before to after; below zero where it takes away. */
export interface Step {
  name: string;
  by: number;
}

export interface Bar {
  name: string;
  /** Whether it is where the bridge begins or ends. */
  sum: boolean;
  value: number;
  /** Where it is drawn, in percent of the width. */
  from: number;
  to: number;
}

/** The bars of a bridge, each beginning where the one before it ended. */
export function bridge(start: number, end: number, steps: readonly Step[]): Bar[] {
  let at = start;
  const spans = steps.map(({ name, by }) => {
    const before = at;
    at += by;
    return { name, sum: false, value: by, low: Math.min(before, at), high: Math.max(before, at) };
  });
  const all = [
    { name: 'Before', sum: true, value: start, low: 0, high: start },
    ...spans,
    { name: 'After', sum: true, value: end, low: 0, high: end },
  ];
  const top = Math.max(1, ...all.map((one) => one.high));
  return all.map(({ low, high, ...bar }) => ({ ...bar, from: (low / top) * 100, to: (high / top) * 100 }));
}
