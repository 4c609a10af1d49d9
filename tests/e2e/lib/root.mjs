// A root of its own: the system's files beneath, and on top whatever is changed. It is gone with the test that made it, and the system
// never saw any of it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { start } from './processes.mjs';
import { until } from './until.mjs';

const MAKE = `
set -e
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$1/whole"
mount -t proc proc "$1/whole/proc"
mount --rbind /dev "$1/whole/dev"
mkdir -p "$1/whole$2"
mount --bind "$2" "$1/whole$2"
echo made
exec sleep infinity`;

/** Where programs of a system are; a person's own additions are not part of a clean one. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * @param {string} home a folder that both see: sockets are reached through it, and what a program writes there stays
 * @param {NodeJS.ProcessEnv} env
 */
export async function ownRoot(home, env) {
  const folder = await mkdtemp(path.join(tmpdir(), 'backroom-root-'));
  for (const name of ['changes', 'work', 'whole']) await mkdir(path.join(folder, name));
  const holder = start('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', MAKE, 'sh', folder, home], env);
  await until('the root', () => {
    assert.equal(holder.child.exitCode, null, holder.said.err);
    return holder.said.out.includes('made');
  });
  const inside = (/** @type {string[]} */ words) => {
    const enter = [`--mount=/proc/${holder.child.pid}/ns/mnt`, 'chroot', path.join(folder, 'whole')];
    return [...enter, 'env', `PATH=${PATH}`, ...words];
  };
  return {
    /** A path of the root, as seen from outside: only what was changed. */
    changed: (/** @type {string} */ file) => path.join(folder, 'changes', file),
    /** The command that runs `words` inside. */
    command: (/** @type {string[]} */ ...words) => ['nsenter', ...inside(words)],
    /** Starts a program that goes on. */
    start: (/** @type {string[]} */ ...words) => start('nsenter', inside(words), env),
    /** Runs a program to its end; its exit code and what it said. */
    run: (/** @type {string[]} */ ...words) =>
      new Promise((resolve) => {
        execFile('nsenter', inside(words), { env, maxBuffer: 1e8 }, (error, out, err) =>
          resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
        );
      }),
    async remove() {
      holder.signal('SIGKILL');
      await holder.ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
