// A keychain of the test's own: gnome-keyring on the test's bus, its files in the test's home, opened with an invented password.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { until } from './until.mjs';

const PASSWORD = 'invented';
const OWNED = ['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'];
const ASK = [...OWNED, '--method', 'org.freedesktop.DBus.NameHasOwner', 'org.freedesktop.secrets'];

/**
 * Opens it on the bus that `env` names; how it ends goes on `closing`.
 * @param {NodeJS.ProcessEnv} env
 * @param {(() => Promise<unknown>)[]} closing
 */
export async function openKeyring(env, closing) {
  const args = ['--foreground', '--unlock', '--components=secrets'];
  const daemon = spawn('gnome-keyring-daemon', args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.once('error', () => {});
  closing.push(async () => {
    if (daemon.exitCode === null && daemon.signalCode === null && daemon.pid) daemon.kill('SIGTERM');
    if (daemon.pid) await ended;
  });
  daemon.stdin.end(PASSWORD);
  await until('the keychain on the bus', async () => (await promisify(execFile)('gdbus', ASK, { env })).stdout.includes('true'));
}
