// What a program and everything it started take of the computer, read from /proc.
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Clock ticks of /proc/PID/stat in a second; Linux tells every program 100. */
const TICKS = 100;
const SETTLED = 0.005;
const BETWEEN_LOOKS_MS = 3000;
const LOOKS = 20;

/** The processes of a session, which a program started in a session of its own shares with its children. */
export function processes(/** @type {number} */ session) {
  const found = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[3]) !== session || fields[0] === 'Z') continue;
      found.push({ pid: Number(pid), name, seconds: (Number(fields[11]) + Number(fields[12])) / TICKS });
    } catch {
      // Ended meanwhile.
    }
  }
  return found;
}

/** Bytes by process: what is shared counts in equal parts (PSS). */
function memoryNow(/** @type {number} */ session) {
  return processes(session).map(({ pid, name }) => {
    const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return { name, bytes: Number(pss?.[1] ?? 0) * 1024 };
  });
}

export const sum = (/** @type {{ bytes: number }[]} */ parts) => parts.reduce((total, part) => total + part.bytes, 0);

/** Memory once it has settled: the first reading that is like the one before. */
export async function memory(/** @type {number} */ session) {
  let before = memoryNow(session);
  for (let look = 0; look < LOOKS; look++) {
    await pause(BETWEEN_LOOKS_MS);
    const parts = memoryNow(session);
    if (Math.abs(sum(parts) - sum(before)) < SETTLED * sum(parts)) return parts;
    before = parts;
  }
  return before;
}

/** Share of a core that each process takes over some seconds. */
export async function idle(/** @type {number} */ session, /** @type {number} */ seconds) {
  const before = processes(session);
  const from = performance.now();
  await pause(seconds * 1000);
  const took = (performance.now() - from) / 1000;
  return processes(session).map(({ pid, name, seconds: after }) => ({
    name,
    share: (after - (before.find((one) => one.pid === pid)?.seconds ?? 0)) / took,
  }));
}
