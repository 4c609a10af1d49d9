// Waiting for a condition. A test never waits for a length of time: it says what it waits for, and how long that may take.
import { setTimeout as pause } from 'node:timers/promises';

const BETWEEN_LOOKS_MS = 25;

/**
 * Asks until the answer is truthy, and returns it.
 * @template T
 * @param {string} what what is waited for, in words for whoever reads the failure
 * @param {() => Promise<T> | T} ask may throw as long as it is not true yet
 * @param {number} [limitMs]
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, ask, limitMs = 20_000) {
  const end = Date.now() + limitMs;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain for: ${what}; last seen: ${last}`);
    await pause(BETWEEN_LOOKS_MS);
  }
}
