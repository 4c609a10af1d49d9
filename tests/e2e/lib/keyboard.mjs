// A walk through a page with the Tab key, as somebody takes it who has no mouse: what is reached, in which order, and whether
// one sees where one is.
import { until } from './until.mjs';

/** @typedef {import('playwright-core').Page} Page */
/**
 * @typedef {object} Stop
 * @property {number} index place in the order of the document, -1 for what is no control
 * @property {string} what
 * @property {boolean} shows whether the focus is seen on it
 * @property {boolean} inView whether it is on the screen and not under something else
 */

/**
 * Finds every control, takes note of what each looks like without the focus, and of its place.
 * Runs in the page.
 */
function survey(/** @type {string} */ scope) {
  const page = /** @type {any} */ (globalThis);
  const root = document.querySelector(scope) ?? document.body;
  const name = (/** @type {Element} */ one) => {
    const said = one.getAttribute('aria-label') ?? one.closest('label')?.textContent ?? one.textContent ?? '';
    return `${one.tagName.toLowerCase()} “${said.trim().replace(/\s+/g, ' ').slice(0, 50)}”`;
  };
  const controls = [
    ...root.querySelectorAll('a[href], button, input, select, textarea, summary, [role="button"], [role="link"], [tabindex]'),
  ].filter(
    (one) =>
      one.checkVisibility({ visibilityProperty: true }) &&
      !one.matches(':disabled, [aria-disabled="true"]') &&
      !one.closest('[inert], [aria-hidden="true"]') &&
      // What a program alone gives the focus is no control: the content, for the link that skips to it.
      (one.matches('a[href], button, input, select, textarea, summary, [role]') || /** @type {HTMLElement} */ (one).tabIndex >= 0),
  );
  /** What the ring may be drawn on: the control, the label’s picture of it, or a part of a drawing. */
  const drawn = (/** @type {Element} */ one) => [one, one.nextElementSibling, ...one.querySelectorAll('*')].slice(0, 12);
  const outlook = (/** @type {Element} */ one) =>
    drawn(one)
      .map((part) => {
        if (!part) return '';
        const style = getComputedStyle(part);
        const ring =
          style.outlineStyle === 'none' || style.outlineWidth === '0px' ? '' : `${style.outlineWidth} ${style.outlineColor}`;
        return `${ring}|${style.boxShadow}|${part instanceof SVGElement ? `${style.stroke} ${style.strokeWidth}` : ''}`;
      })
      .join('\n');
  /** Of several that share one stop, such as the rows of a list, all but one are passed by. */
  const group = (/** @type {Element} */ one) => {
    if (one instanceof HTMLInputElement && one.type === 'radio') return `radio ${one.name}`;
    const kind = ['data-row', 'data-product', 'role'].find((mark) => one.hasAttribute(mark));
    const list = kind && one.closest('table, ul, ol, svg, [role="group"]');
    const alike = list ? controls.filter((other) => list.contains(other) && other.hasAttribute(kind)) : [];
    if (alike.filter((other) => /** @type {HTMLElement} */ (other).tabIndex >= 0).length !== 1) return null;
    return alike.length > 1 && alike.some((other) => /** @type {HTMLElement} */ (other).tabIndex < 0)
      ? `list ${controls.indexOf(/** @type {any} */ (alike[0]))}`
      : null;
  };
  const parts = [...document.querySelectorAll('section, nav, footer, header, form, dialog, table, main, body')];
  const focused = document.activeElement;
  if (focused instanceof HTMLElement) focused.blur();
  page.walked = { controls, outlook, name, plain: controls.map(outlook) };
  if (focused instanceof HTMLElement) focused.focus();
  return controls.map((one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const part = one.closest('section, nav, footer, header, form, dialog, table, main, body');
    return { what: name(one), group: group(one), part: parts.indexOf(/** @type {any} */ (part)), left, right, top, bottom };
  });
}

/** Where the focus is. Runs in the page. */
function here() {
  const { controls, outlook, name, plain } = /** @type {any} */ (globalThis).walked;
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const index = controls.indexOf(one);
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const inside = {
    left: Math.max(left, 0),
    right: Math.min(right, innerWidth),
    top: Math.max(top, 0),
    bottom: Math.min(bottom, innerHeight),
  };
  const label = one.closest('label') ?? one;
  const inView =
    inside.right > inside.left &&
    inside.bottom > inside.top &&
    [0.5, 0.1, 0.9].some((x) =>
      [0.5, 0.1, 0.9].some((y) => {
        const at = document.elementFromPoint(
          inside.left + (inside.right - inside.left) * x,
          inside.top + (inside.bottom - inside.top) * y,
        );
        return at !== null && (label.contains(at) || (one.tagName === 'g' && at.closest('svg') === one.closest('svg')));
      }),
    );
  return { index, what: name(one), shows: outlook(one) !== plain[index], inView };
}

/** Puts the keyboard before the first control of the page, as after opening it. */
async function toTheTop(/** @type {Page} */ page) {
  await page.evaluate(() => {
    const start = document.createElement('span');
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
    for (const box of document.querySelectorAll('*')) box.scrollTop = 0;
  });
}

/**
 * Presses a key until the focus comes back to where it was first.
 * @param {Page} page
 * @param {string} key
 * @param {number} most stops after which it is a trap
 * @param {boolean} whole whether it is the whole page, which one leaves at its end
 */
async function walk(page, key, most, whole) {
  const /** @type {Stop[]} */ stops = [];
  for (let pressed = 0; ; pressed++) {
    if (pressed > most)
      throw new Error(
        `${key} does not come back; it was at ${stops
          .slice(-5)
          .map((stop) => stop.what)
          .join(', ')}`,
      );
    await page.keyboard.press(key);
    const stop = await page.evaluate(here);
    // Between the last and the first lies the browser’s own frame.
    if (stop === null && (!whole || stops.length === 0)) continue;
    if (stop === null || (stop.index === stops[0]?.index && stop.what === stops[0].what)) return stops;
    stops.push(stop);
  }
}

/**
 * Walks forth and back through a page, or through the dialog in `scope`, and tells everything that is not as it should be.
 * @param {Page} page
 * @param {string} [scope] a selector
 */
export async function walkedThrough(page, scope = 'body') {
  const whole = scope === 'body';
  if (whole) await toTheTop(page);
  const controls = await page.evaluate(survey, scope);
  const most = controls.length + 10;
  const forth = await walk(page, 'Tab', most, whole);
  const /** @type {string[]} */ wrong = [];
  const visited = new Set(forth.map((stop) => stop.index));
  const shared = new Set(forth.map((stop) => controls[stop.index]?.group));
  for (const [index, { what, group }] of controls.entries()) {
    if (!visited.has(index) && !(group && shared.has(group))) wrong.push(`${what} is not reached`);
  }
  for (const stop of forth) {
    if (stop.index < 0 && !whole) wrong.push(`${stop.what} is outside of the dialog`);
    if (stop.index >= 0 && !stop.shows) wrong.push(`${stop.what} does not show that it has the focus`);
    if (!stop.inView) wrong.push(`${stop.what} has the focus and is not in view`);
  }
  if (visited.size < forth.length && new Set(forth.map((stop) => stop.what + stop.index)).size < forth.length) {
    wrong.push('the focus comes twice to one control');
  }
  wrong.push(...outOfOrder(forth, controls));
  const back = await walk(page, 'Shift+Tab', most, whole);
  const ways = [forth.map((stop) => stop.index), back.map((stop) => stop.index).reverse()].map(fromTheLowest);
  if (ways[0] !== ways[1]) wrong.push(`Shift+Tab goes another way: ${ways[1]} in place of ${ways[0]}`);
  return { wrong, stops: forth.map((stop) => stop.what) };
}

/** A round trip may begin anywhere. */
function fromTheLowest(/** @type {number[]} */ round) {
  const at = round.indexOf(Math.min(...round));
  return [...round.slice(at), ...round.slice(0, at)].join(' ');
}

/**
 * Steps against the order of the document, or, within one part of the page, up or to the left on one line.
 * @param {Stop[]} stops
 * @param {{ what: string, part: number, left: number, right: number, top: number, bottom: number }[]} controls
 */
function outOfOrder(stops, controls) {
  const order = fromTheLowest(stops.map((stop) => stop.index))
    .split(' ')
    .map(Number);
  return order.slice(1).flatMap((index, step) => {
    const [before, now] = [controls[order[step] ?? -1], controls[index]];
    if (!before || !now) return [];
    const told = `${now.what} comes after ${before.what}`;
    if (index < (order[step] ?? 0)) return [`${told}, against the order of the page`];
    if (before.part !== now.part) return [];
    const above = now.bottom <= before.top + 1 && now.left < before.right;
    const oneLine =
      Math.min(now.bottom, before.bottom) - Math.max(now.top, before.top) >
      Math.min(now.bottom - now.top, before.bottom - before.top) / 2;
    const leftOf = oneLine && now.right <= before.left + 1;
    return above || leftOf ? [`${told}, which is ${above ? 'above' : 'left of'} it`] : [];
  });
}

/**
 * The names of what a key reaches from where the focus is, until it goes no further.
 * @param {Page} page
 * @param {string} key
 * @param {number} most
 */
export async function reachedWith(page, key, most) {
  const at = () =>
    page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
  const reached = [await at()];
  while (reached.length < most) {
    await page.keyboard.press(key);
    const next = await until('the next', async () => (await at()) !== reached.at(-1) && at(), 1000).catch(() => undefined);
    if (next === undefined) break;
    reached.push(next);
  }
  return reached;
}
