import { addDays, addMonths, day, daysBetween, firstOfMonth, isDay, lastOfMonth, monday } from '../format/time';

export type Span = 'day' | 'week' | 'month' | 'custom';

/** A range of business days, both ends included, never beyond today. */
export interface Range {
  span: Span;
  from: string;
  to: string;
}

/** The day, week or month around a day; weeks begin on Monday. */
export function around(span: Exclude<Span, 'custom'>, at: string, today: string): Range {
  const cap = (to: string) => (to > today ? today : to);
  switch (span) {
    case 'day':
      return { span, from: cap(at), to: cap(at) };
    case 'week':
      return { span, from: monday(at), to: cap(addDays(monday(at), 6)) };
    case 'month':
      return { span, from: firstOfMonth(at), to: cap(lastOfMonth(at)) };
  }
}

/** Reads a range out of an address; this week where there is none. Ends in the wrong order are swapped. */
export function readRange(params: URLSearchParams, today: string): Range {
  const from = params.get('from');
  const to = params.get('to') ?? from;
  if (!isDay(from) || !isDay(to) || (from > today && to > today)) return around('week', today, today);
  const [first, last] = from <= to ? [from, to] : [to, from];
  const end = last > today ? today : last;
  const asked = params.get('span');
  for (const span of ['day', 'week', 'month'] as const) {
    const whole = around(span, first, today);
    if (asked !== 'custom' && whole.from === first && whole.to === end && (!asked || asked === span)) return whole;
  }
  return { span: 'custom', from: first, to: end };
}

/** The range just before (−1) or after (1); none where it would lie in the future. */
export function shift(range: Range, by: -1 | 1, today: string): Range | null {
  let next: Range;
  if (range.span === 'custom') {
    const days = daysBetween(range.from, range.to) * by;
    next = { span: 'custom', from: addDays(range.from, days), to: addDays(range.to, days) };
    if (next.to > today) next.to = today;
  } else {
    const start = { day: addDays(range.from, by), week: addDays(range.from, 7 * by), month: addMonths(range.from, by) };
    if (start[range.span] > today) return null;
    next = around(range.span, start[range.span], today);
  }
  return next.from > today ? null : next;
}

/** Two ranges that may be compared: the same weekdays, or the same days of the month, and no day that is not over. */
export interface Comparable {
  own: { from: string; to: string };
  base: { from: string; to: string };
  /** What is compared with what, in words. */
  words: string;
}

/** What a range is compared with; none for today alone, which has to be compared to the minute. */
export function comparable(range: Range, today: string): Comparable | null {
  const to = range.to >= today ? addDays(today, -1) : range.to;
  if (to < range.from) return null;
  const own = { from: range.from, to };
  const name = (base: { from: string; to: string }) =>
    base.from === base.to
      ? day(base.from, 'medium', today)
      : `${day(base.from, 'short', today)} – ${day(base.to, 'short', today)}`;
  let base: { from: string; to: string };
  if (range.span === 'month') {
    const from = addMonths(range.from, -1);
    const whole = to === lastOfMonth(range.from);
    const same = addDays(from, daysBetween(range.from, to) - 1);
    const end = lastOfMonth(from);
    base = { from, to: whole || same > end ? end : same };
  } else {
    const back = -7 * Math.ceil(daysBetween(range.from, range.to) / 7);
    base = { from: addDays(range.from, back), to: addDays(to, back) };
  }
  const subject = to === range.to ? '' : `${name(own)} `;
  return { own, base, words: `${subject}against ${name(base)}` };
}

/** `Friday, November 20`, `Nov 16 – Nov 20`, `November 2026`. */
export function rangeName(range: Range, today: string): string {
  if (range.from === range.to) return day(range.from, 'long', today);
  if (range.span === 'month') return day(range.from, 'month');
  const sameYear = range.from.slice(0, 4) === today.slice(0, 4) && range.to.slice(0, 4) === today.slice(0, 4);
  const mark = sameYear ? undefined : '0000';
  return `${day(range.from, 'short', mark)} – ${day(range.to, 'short', mark)}`;
}

/** The range as the parameters of an address. */
export function rangeParams(range: Range): Record<string, string> {
  return { span: range.span, from: range.from, to: range.to };
}
