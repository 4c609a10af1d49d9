// The same screens in a real browser, served on loopback by `backroomctl demo --serve`.
import { chromium } from 'playwright-core';
import { emptyHome, programs } from './app.mjs';
import { start } from './processes.mjs';
import { until } from './until.mjs';

const BROWSER = process.env.BACKROOM_BROWSER ?? '/usr/bin/chromium';

/** Starts a demonstration store, serves it and opens a browser on it. */
export async function openBrowser() {
  const place = await emptyHome();
  const env = { ...place.env, BACKROOM_DATA_DIR: place.dataDir };
  const engine = start(programs.ctl, ['demo', '--serve', '--port', '0'], env);
  const closing = [place.remove, () => engine.stop()];
  const close = async () => {
    for (const step of closing.reverse()) await step();
  };
  try {
    const address = await until(
      `the address that is served (it said: ${engine.said.err})`,
      () => /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(engine.said.out)?.[0],
      60_000,
    );
    const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
    closing.push(() => browser.close());
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US' });
    const page = await context.newPage();
    await page.goto(address);
    return { page, context, address, engine, close };
  } catch (error) {
    await close();
    throw error;
  }
}
