// The system's browser as far as signing in needs one: a note takes its place, and what it is led to is asked as a browser asks.
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { until } from './until.mjs';

/** Where the browser is led next: answers each address that was opened once. */
export function browserOf(/** @type {string} */ home) {
  const file = path.join(home, 'opened');
  let seen = 0;
  return {
    /** Puts a note in the place of the browser; answers the search path with it. */
    async replace() {
      const bin = path.join(home, 'bin');
      await mkdir(bin);
      for (const name of ['xdg-open', 'gio', 'gnome-open', 'kde-open']) {
        await writeFile(path.join(bin, name), `#!/bin/sh\nfor last; do :; done\nprintf '%s\\n' "$last" >> '${file}'\n`);
        await chmod(path.join(bin, name), 0o755);
      }
      return `${bin}:${process.env.PATH}`;
    },
    async led() {
      const opened = await until('the browser is led somewhere', async () => {
        const lines = (await readFile(file, 'utf8')).trim().split('\n');
        return lines.length > seen && lines;
      });
      assert.equal(opened.length, seen + 1, 'once for one press');
      seen = opened.length;
      return opened[seen - 1];
    },
  };
}

/** Asks an address as a browser does, and tells where it is sent on to. */
export async function browse(/** @type {string} */ address) {
  const response = await fetch(address, { redirect: 'manual' });
  await response.arrayBuffer();
  return { status: response.status, to: response.headers.get('location') ?? '' };
}
