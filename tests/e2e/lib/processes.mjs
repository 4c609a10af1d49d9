// Programs started by a test, and their end: whatever happens, none is left behind.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { until } from './until.mjs';

/** A port of loopback that is free now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts a program in a process group of its own and collects what it says.
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
export function start(program, args, env) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const said = { out: '', err: '' };
  child.stdout.on('data', (bytes) => (said.out += bytes));
  child.stderr.on('data', (bytes) => (said.err += bytes));
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  child.once('error', (error) => (said.err += String(error)));
  return {
    child,
    said,
    ended,
    /** Sends a signal to the program and everything it started. */
    signal(/** @type {NodeJS.Signals} */ name) {
      try {
        if (child.pid) process.kill(-child.pid, name);
      } catch {
        // Gone already.
      }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      this.signal('SIGTERM');
      const gone = await Promise.race([ended.then(() => true), until('never', () => false, 5000).catch(() => false)]);
      if (!gone) this.signal('SIGKILL');
      await ended;
    },
  };
}

/** Whether something accepts HTTP at this address. */
export async function answers(/** @type {string} */ url) {
  return fetch(url).then(
    () => true,
    () => false,
  );
}
