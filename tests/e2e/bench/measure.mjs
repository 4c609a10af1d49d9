// What the figures share: programs in C that look at the screen, and the middle of what was measured.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../lib/app.mjs';

const run = promisify(execFile);

/** Builds a program of this folder against the system's libraries. */
export async function build(/** @type {string} */ name, /** @type {string[]} */ libraries) {
  const folder = path.join(ROOT, 'target/bench');
  await mkdir(folder, { recursive: true });
  const program = path.join(folder, name);
  const { stdout } = await run('pkg-config', ['--cflags', '--libs', ...libraries]);
  await run('cc', ['-O2', '-o', program, path.join(import.meta.dirname, `${name}.c`), ...stdout.trim().split(/\s+/)]);
  return program;
}

/** The least, the middle and the most of some figures. */
export const spread = (/** @type {number[]} */ values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { min: sorted[0], median: at(0.5), p99: at(0.99), max: sorted.at(-1) };
};
