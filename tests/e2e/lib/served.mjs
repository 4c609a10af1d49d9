// The same screens in a real browser, served on loopback by `backroomctl`: a demonstration store, or a shop of one's own.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { ROOT, emptyHome, programs } from './app.mjs';
import { standIns } from './engine.mjs';
import { start } from './processes.mjs';
import { until } from './until.mjs';

const BROWSER = process.env.BACKROOM_BROWSER ?? '/usr/bin/chromium';
const UI = process.env.BACKROOM_UI ?? path.join(ROOT, 'ui/dist');

/** Whether an engine outlives a disk that takes nothing more, as `fillDisk` plays it. */
export const LASTS = process.platform === 'linux';

/** The browser that the tests of a file share. */
export const launch = () => chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });

/** What ends what was begun, the last first. */
function ending() {
  const /** @type {(() => Promise<unknown>)[]} */ steps = [];
  return {
    later: (/** @type {() => Promise<unknown>} */ step) => steps.push(step),
    async close() {
      for (const step of steps.splice(0).reverse()) await step();
    },
  };
}

/**
 * Starts an engine that serves the screens and asks it as they do.
 * @param {string[]} args of `backroomctl`
 * @param {NodeJS.ProcessEnv} env
 */
async function serve(args, env) {
  const engine = LASTS
    ? start('sh', ['-c', 'trap "" XFSZ; exec "$0" "$@"', programs.ctl, ...args, '--port', '0', '--ui', UI], env)
    : start(programs.ctl, [...args, '--port', '0', '--ui', UI], env);
  try {
    const address = await until(
      'the address that is served',
      () => {
        if (engine.child.exitCode !== null) throw new Error(engine.said.err);
        return /http:\/\/127\.0\.0\.1:\d+\/#token=\S+(?=\s)/.exec(engine.said.out)?.[0];
      },
      60_000,
    );
    const [origin, token] = address.split('/#token=');
    /** `seat`: of which browser; none for that of no browser. */
    const ask = async (/** @type {string} */ name, /** @type {unknown} */ question = null, seat = '') => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-backroom-seat': seat };
      const response = await fetch(`${origin}/rpc/${name}`, { method: 'POST', headers, body: JSON.stringify(question) });
      const answer = await response.json();
      if (!response.ok) throw new Error(`${name}: ${JSON.stringify(answer)}`);
      return answer;
    };
    return { engine, address, ask };
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

/** From now on the disk takes nothing more from an engine. */
export async function fillDisk(/** @type {Awaited<ReturnType<typeof serve>>['engine']} */ engine) {
  await promisify(execFile)('prlimit', ['--pid', String(engine.child.pid), '--fsize=0']);
}

/**
 * A page of its own at an address.
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 */
async function look(browser, address) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(address);
  // Whoever changes the address earlier takes the key out of it before the page has read it.
  await page.getByRole('heading', { level: 1 }).waitFor();
  return { context, page };
}

/**
 * Starts a demonstration store, serves it and opens a browser on it.
 * @param {{ payments?: number, lightspeed?: boolean }} [options] payments of its two years; or a Lightspeed shop
 */
export async function openBrowser({ payments = 36_500, lightspeed = false } = {}) {
  const place = await emptyHome();
  const { later, close } = ending();
  later(place.remove);
  try {
    const kind = lightspeed ? ['--lightspeed'] : ['--payments', String(payments)];
    const served = await serve(['demo', '--serve', ...kind], {
      ...place.env,
      BACKROOM_DATA_DIR: place.dataDir,
    });
    later(() => served.engine.stop());
    const browser = await launch();
    later(() => browser.close());
    return { ...served, ...(await look(browser, served.address)), dataDir: place.dataDir, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Names the stand-ins where a shop names its vendors. A Lightspeed shop leaves its zone to what Lightspeed tells. */
const settings = (/** @type {{ square?: string, lightspeed?: string, bigquery: string, project: string, dataset: string }} */ at) => `
[store]
${at.square ? 'time_zone = "America/Chicago"' : ''}

[[source]]
kind = "${at.square ? 'square' : 'lightspeed_r'}"
base_url = "${at.square ?? at.lightspeed}"

[warehouse]
project = "${at.project}"
dataset = "${at.dataset}"
base_url = "${at.bigquery}"
`;

/**
 * A data folder as a shop has it, beside stand-ins of its vendors with faults that can be switched; without `payments` an empty
 * folder and no vendor at all. `open` serves it, again where it is served already, and shows it.
 * @param {import('playwright-core').Browser} browser
 * @param {{ payments?: number, lightspeed?: boolean }} [options] payments of its two years; or a Lightspeed shop
 */
export async function openShop(browser, { payments, lightspeed = false } = {}) {
  const place = await emptyHome();
  const { later, close } = ending();
  later(place.remove);
  const env = { ...place.env, BACKROOM_DATA_DIR: place.dataDir };
  const folder = path.join(place.home, 'vendors');
  /** @type {Awaited<ReturnType<typeof standIns>> | undefined} */
  let vendors;
  let /** @type {(() => Promise<unknown>)} */ shut = async () => {};
  later(() => shut());
  async function open() {
    await shut();
    const served = await serve(['--secrets', 'env', 'serve'], env);
    const shown = await look(browser, served.address);
    shut = async () => {
      await shown.context.close();
      await served.engine.stop();
    };
    return { ...served, ...shown };
  }
  try {
    if (payments !== undefined || lightspeed) {
      const kind = lightspeed ? ['--lightspeed'] : ['--payments', String(payments)];
      const running = start(programs.ctl, ['demo', '--json', '--data-dir', folder, ...kind], place.env);
      later(() => running.stop());
      const at = JSON.parse(await until('the addresses of the stand-ins', () => /^\{.*\}$/ms.exec(running.said.out.trim())?.[0]));
      vendors = await standIns(folder);
      env[lightspeed ? 'LIGHTSPEED_ACCESS_TOKEN' : 'SQUARE_ACCESS_TOKEN'] = at.source_token;
      await mkdir(place.dataDir);
      await writeFile(path.join(place.dataDir, 'config.toml'), settings(at));
    }
    return {
      dataDir: place.dataDir,
      vendors: /** @type {NonNullable<typeof vendors>} */ (vendors),
      open,
      shut: () => shut(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
