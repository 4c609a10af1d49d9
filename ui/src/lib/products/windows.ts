/** Rows of one height in a list of known length: which of them are to be drawn and which pages hold them. */
export interface Slice {
  first: number;
  last: number;
}

/** The rows on the screen with a margin on both sides; `last` is not included. */
export function visible(scrollTop: number, height: number, rowHeight: number, total: number, margin = 8): Slice {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - margin);
  const last = Math.min(total, Math.ceil((scrollTop + height) / rowHeight) + margin);
  return { first: Math.min(first, last), last };
}

/** Offsets of the two pages that hold a slice no longer than a page. */
export function pagesOf(slice: Slice, size: number): [number, number] {
  const first = Math.floor(slice.first / size) * size;
  const last = Math.floor(Math.max(slice.first, slice.last - 1) / size) * size;
  return [first, last];
}
