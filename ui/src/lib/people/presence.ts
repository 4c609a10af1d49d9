/** How often the engine is told that somebody is there. */
export const TOUCH_MS = 30_000;

/** Tells, of each sign of a person, whether the engine is to hear of it. */
export function pace(every = TOUCH_MS): (now: number) => boolean {
  let last = -Infinity;
  return (now) => {
    // A clock that was set back must not keep the engine waiting.
    if (now >= last && now - last < every) return false;
    last = now;
    return true;
  };
}

/** Whether nobody was there for so long that a PIN is asked for. Sleep counts: the wall clock tells it. */
export function isIdle(lastSign: number, now: number, minutes: number): boolean {
  return minutes > 0 && now - lastSign >= minutes * 60_000;
}

/** `0:28`, `4:05`. */
export function wait(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Which name a letter leads to: the next after `at` that begins with it, around the end. */
export function byLetter(names: readonly string[], at: number, letter: string): number {
  const wanted = letter.toLocaleLowerCase();
  for (let step = 1; step <= names.length; step += 1) {
    const index = (at + step + names.length) % names.length;
    if (names[index]?.toLocaleLowerCase().startsWith(wanted)) return index;
  }
  return -1;
}
