// The real window on a screen of its own, with a home and a session bus of its own.
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openKeyring } from './keyring.mjs';
import { answers, freePort, start } from './processes.mjs';
import { until } from './until.mjs';
import { Session } from './webdriver.mjs';

export const ROOT = path.resolve(import.meta.dirname, '../../..');
const SUFFIX = process.platform === 'win32' ? '.exe' : '';

/** The programs under test; the test command builds them and may name others. */
export const programs = {
  window: process.env.BACKROOM_APP ?? path.join(ROOT, 'target/debug', `backroom${SUFFIX}`),
  ctl: process.env.BACKROOM_CTL ?? path.join(ROOT, 'target/debug', `backroomctl${SUFFIX}`),
  driver: process.env.BACKROOM_DRIVER ?? path.join(ROOT, 'target/tools/bin', `tauri-driver${SUFFIX}`),
};

/**
 * A bus that starts no service by itself: a test must not meet the keychain of whoever runs it, nor wait for its password.
 * @param {string} folder where its socket is made
 */
const busSettings = (folder) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=${folder}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>`;

/** A home that nothing else uses. */
export async function emptyHome() {
  const home = await mkdtemp(path.join(tmpdir(), 'backroom-e2e-'));
  const folders = { HOME: home, XDG_DATA_HOME: 'data', XDG_CONFIG_HOME: 'config', XDG_CACHE_HOME: 'cache' };
  for (const name of ['data', 'config', 'cache', 'run']) await mkdir(path.join(home, name), { mode: 0o700 });
  const env = { ...process.env, XDG_RUNTIME_DIR: path.join(home, 'run'), NO_AT_BRIDGE: '1', LANG: 'C.UTF-8' };
  for (const [name, folder] of Object.entries(folders)) env[name] = path.resolve(home, folder);
  return { home, env, dataDir: path.join(home, 'shop'), remove: () => rm(home, { recursive: true, force: true }) };
}

/**
 * Puts a virtual screen and a session bus of its own into `env`; how they end goes on `closing`.
 * @param {string} home
 * @param {NodeJS.ProcessEnv} env
 * @param {(() => Promise<unknown>)[]} closing
 * @param {{ width: number, height: number, bus: boolean }} size
 */
export async function giveScreen(home, env, closing, { width, height, bus: hasBus }) {
  const screen = start('Xvfb', ['-displayfd', '1', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp'], env);
  closing.push(() => screen.stop());
  env.DISPLAY = `:${(await until('the virtual screen', () => screen.said.out.trim())).trim()}`;
  delete env.WAYLAND_DISPLAY;
  env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${path.join(home, 'run', 'no-bus')}`;
  if (!hasBus) return;
  const settings = path.join(home, 'bus.conf');
  await writeFile(settings, busSettings(path.join(home, 'run')));
  // A bus of its own: the single-instance rule must not see a Backroom of whoever runs the tests.
  const bus = start('dbus-daemon', ['--config-file', settings, '--nofork', '--print-address=1'], env);
  closing.push(() => bus.stop());
  env.DBUS_SESSION_BUS_ADDRESS = (await until('the session bus', () => bus.said.out.trim())).trim();
}

/**
 * Starts the window on a virtual screen and returns it under remote control.
 * @param {string[]} args
 * @param {{ width?: number, height?: number, env?: NodeJS.ProcessEnv, bus?: boolean, keyring?: boolean, place?: Awaited<ReturnType<typeof emptyHome>>,
 *   prepare?: (place: Awaited<ReturnType<typeof emptyHome>>) => Promise<unknown>, onBus?: (env: NodeJS.ProcessEnv, closing: (() => Promise<unknown>)[]) => Promise<unknown>
 * }} [options] `prepare` fills the home before the start; `onBus` puts something on its bus before the window is there; a `place` that
 *   is given stays; without a bus there is neither keychain nor single instance; `keyring` opens a keychain of the test's own
 */
export async function openWindow(args, { width = 1280, height = 800, env: more = {}, bus: hasBus = true, keyring = false, place: given, prepare, onBus } = {}) {
  const place = given ?? (await emptyHome());
  await prepare?.(place);
  const env = { ...place.env, ...more, BACKROOM_DATA_DIR: place.dataDir };
  const closing = given ? [] : [place.remove];
  const close = async () => {
    for (const step of closing.reverse()) await step();
  };
  try {
    if (process.platform === 'linux') await giveScreen(place.home, env, closing, { width, height, bus: hasBus });
    if (keyring) await openKeyring(env, closing);
    await onBus?.(env, closing);
    const [port, nativePort] = [await freePort(), await freePort()];
    const driver = start(programs.driver, ['--port', String(port), '--native-port', String(nativePort)], env);
    closing.push(() => driver.stop());
    const address = `http://127.0.0.1:${port}`;
    await until('the driver', () => answers(`${address}/status`));
    const session = await Session.open(address, programs.window, args);
    closing.push(() => session.close().catch(() => {}));
    return { session, env, home: place.home, dataDir: place.dataDir, driver, close };
  } catch (error) {
    await close();
    throw error;
  }
}
