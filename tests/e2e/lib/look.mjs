// What a person meets on a screen, whoever they are: axe's faults, what runs off the edge, and pictures to look at.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT } from './app.mjs';
import { until } from './until.mjs';

/** @typedef {import('playwright-core').Page} Page */

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
/** Those of them that another scheme of colours can break. */
const OF_COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };
const PICTURES = process.env.BACKROOM_PICTURES ? path.join(ROOT, 'target/pictures-states') : undefined;

export const SCREENS = /** @type {const} */ (['today', 'sales', 'products', 'sync', 'connections', 'settings', 'members', 'raffles']);
export const SCHEMES = /** @type {const} */ (['light', 'dark']);
/** The window at 200 % on a small screen, and a large screen. */
export const SIZES = [
  { width: 640, height: 400 },
  { width: 1920, height: 1080 },
];
const USUAL = { width: 1280, height: 800 };

/** Waits until everything that was asked for is on the screen. */
export async function settled(/** @type {Page} */ page) {
  await until('all that was asked for', () =>
    page.evaluate(() => document.querySelector('h1') !== null && !document.querySelector('[aria-busy="true"]')),
  );
}

/** Opens a screen as its link does. */
export async function open(/** @type {Page} */ page, /** @type {string} */ screen) {
  await page.evaluate((hash) => (location.hash = hash), `#/${screen}`);
  await until(`${screen} in the title`, () =>
    page.evaluate((word) => new RegExp(`^(${word}|Welcome|Cannot open) `, 'i').test(document.title), screen.split('?')[0]),
  );
  await settled(page);
}

/**
 * What axe finds, as `rule: where`.
 * @param {Page} page
 * @param {typeof RULES} [rules] what is held against it
 */
export async function faults(page, rules = RULES) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  return page.evaluate(async (wanted) => {
    const { violations } = await /** @type {any} */ (globalThis).axe.run(document, {
      runOnly: wanted,
      resultTypes: ['violations'],
    });
    return violations.map(
      (/** @type {any} */ one) =>
        `${one.id}: ${one.nodes
          .map((/** @type {any} */ node) => node.target)
          .join(' ')
          .slice(0, 300)}`,
    );
  }, rules);
}

/** Gives the page the colours of a scheme and tells what axe finds in it; in the second scheme nothing but colours is new. */
export async function faultsIn(/** @type {Page} */ page, /** @type {typeof SCHEMES[number]} */ scheme) {
  await page.emulateMedia({ colorScheme: scheme });
  return faults(page, scheme === SCHEMES[0] ? RULES : OF_COLOURS);
}

/**
 * What cannot be read as wide as the page is: text and controls beyond the edge of the screen, or cut off by a box that
 * neither scrolls nor ends in an ellipsis. A table in a box that scrolls by itself may be wider.
 */
export function runsOff(/** @type {Page} */ page) {
  return page.evaluate(() => {
    const found = new Set();
    const name = (/** @type {Element} */ one) =>
      `${one.tagName.toLowerCase()}${one.classList.length ? `.${one.classList[0]}` : ''} “${(one.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40)}”`;
    for (const box of [document.documentElement, ...document.querySelectorAll('main')]) {
      if (box.scrollWidth > box.clientWidth)
        found.add(`${name(box).split(' ')[0]} is ${box.scrollWidth - box.clientWidth} points too wide`);
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const owner = node.parentElement;
      if (!owner || !node.nodeValue?.trim() || !owner.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
        continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const { left, right, width } = range.getBoundingClientRect();
      // What is one point wide is there for those who listen.
      if (width === 0 || owner.closest('.hidden, [aria-hidden="true"], option, .skip:not(:focus)')) continue;
      let edge = { left: 0, right: innerWidth };
      // What a dialog lies over does not cut it off.
      const outermost = owner.closest('dialog')?.parentElement ?? document.body;
      for (let box = /** @type {Element | null} */ (owner); box && box !== outermost; box = box.parentElement) {
        const style = getComputedStyle(box);
        if (box.tagName !== 'MAIN' && /auto|scroll/.test(style.overflowX) && box.scrollWidth > box.clientWidth) {
          edge = { left: -Infinity, right: Infinity };
          break;
        }
        if (/hidden|clip/.test(style.overflowX)) {
          if (style.textOverflow === 'ellipsis') {
            edge = { left: -Infinity, right: Infinity };
            break;
          }
          const own = box.getBoundingClientRect();
          edge = { left: Math.max(edge.left, own.left), right: Math.min(edge.right, own.right) };
        }
      }
      if (right > edge.right + 1 || left < edge.left - 1) found.add(`${name(owner)} runs off`);
    }
    return [...found];
  });
}

/** Gives the page a size and waits until what is measured has followed it. */
export async function resize(/** @type {Page} */ page, size = USUAL) {
  await page.setViewportSize(size);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Takes pictures of the screen, where pictures are wanted. */
export async function pictures(/** @type {Page} */ page, /** @type {string} */ name) {
  if (!PICTURES) return;
  await mkdir(PICTURES, { recursive: true });
  for (const size of [USUAL, { width: 1920, height: 1080 }]) {
    await resize(page, size);
    await page.evaluate(() => document.fonts.ready);
    await writeFile(path.join(PICTURES, `${name}-${size.width}.png`), await page.screenshot());
  }
  await resize(page);
}
