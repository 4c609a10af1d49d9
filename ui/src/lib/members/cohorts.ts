/** How strongly a cell is coloured, 1 to 5, by the part of a cohort that is left. */
export function heat(kept: number, joined: number): 1 | 2 | 3 | 4 | 5 {
  if (joined <= 0) return 1;
  const part = kept / joined;
  return part >= 0.9 ? 5 : part >= 0.75 ? 4 : part >= 0.5 ? 3 : part >= 0.25 ? 2 : 1;
}

/** The part that is left, in whole percent; the count where so few joined that a percentage says nothing. */
export function share(kept: number, joined: number): string {
  return joined < 5 ? `${kept}/${joined}` : `${Math.round((kept * 100) / joined)}%`;
}
