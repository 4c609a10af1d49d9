// What a script that got into the page could do with the window: nothing.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { openWindow } from '../lib/app.mjs';
import { until } from '../lib/until.mjs';

/** Loads an image of the page's own: when it is there, whatever was asked for before it was decided. */
const SETTLE = `
  const done = arguments[arguments.length - 1];
  const image = new Image();
  image.onload = image.onerror = () => setTimeout(done, 50);
  image.src = '/own.svg?' + Math.random();`;

/** Each sets \`window.hit\` or reaches the server at \`outside\` where it is not stopped. */
const payloads = {
  'inline script': `document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.hit = 1' }))`,
  'script from data:': `document.body.append(Object.assign(document.createElement('script'), { src: 'data:text/javascript,window.hit=1' }))`,
  'script from blob:': `document.body.append(Object.assign(document.createElement('script'), { src: URL.createObjectURL(new Blob(['window.hit=1'])) }))`,
  'script from outside': `document.body.append(Object.assign(document.createElement('script'), { src: outside }))`,
  'handler in an attribute': `document.body.insertAdjacentHTML('beforeend', '<img src="/none" onerror="window.hit=1">')`,
  'javascript: link': `const a = Object.assign(document.createElement('a'), { href: 'javascript:window.hit=1' }); document.body.append(a); a.click()`,
  eval: `try { (0, eval)('window.hit=1') } catch {}`,
  'new Function': `try { new Function('window.hit=1')() } catch {}`,
  'string timer': `try { setTimeout('window.hit=1') } catch {}`,
  fetch: `fetch(outside).catch(() => {})`,
  beacon: `navigator.sendBeacon?.(outside, 'x')`,
  socket: `try { new WebSocket(outside.replace('http', 'ws')) } catch {}`,
  image: `new Image().src = outside`,
  'style sheet': `document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: outside }))`,
  'style from a tag': `document.head.append(Object.assign(document.createElement('style'), { textContent: 'body { background: url(' + outside + ') }' }))`,
  frame: `document.body.append(Object.assign(document.createElement('iframe'), { src: outside }))`,
  'frame with its own text': `document.body.append(Object.assign(document.createElement('iframe'), { srcdoc: '<script>parent.hit=1</scr' + 'ipt>' }))`,
  object: `document.body.append(Object.assign(document.createElement('object'), { data: outside }))`,
  form: `const form = Object.assign(document.createElement('form'), { action: outside, method: 'post' }); document.body.append(form); form.submit()`,
  'new window': `window.open(outside)`,
  navigation: `location.href = outside`,
  'base address': `document.head.append(Object.assign(document.createElement('base'), { href: outside })); new Image().src = 'x.png'`,
};

describe('a script in the page', () => {
  /** @type {Awaited<ReturnType<typeof openWindow>>} */
  let app;
  /** @type {string[]} */
  const reached = [];
  const server = createServer((request, response) => {
    reached.push(`${request.method} ${request.url}`);
    response.setHeader('access-control-allow-origin', '*').end('window.hit = 1');
  });
  let outside = '';

  before(async () => {
    await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
    outside = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`;
    app = await openWindow(['--demo']);
    await until('the page', () => app.session.run(`return document.readyState === 'complete'`));
  });
  after(async () => {
    await app?.close();
    server.close();
  });

  test('would be caught if it were not stopped', async () => {
    await fetch(outside);
    assert.deepEqual(reached.splice(0), ['GET /'], 'the server outside counts who reaches it');
    await app.session.run('window.hit = 1');
    assert.equal(await app.session.run('return window.hit'), 1, 'and the page is read where a payload would write');
  });

  for (const [name, body] of Object.entries(payloads)) {
    test(`is stopped: ${name}`, async () => {
      const own = await app.session.address();
      await app.session.run(`const outside = arguments[0]; window.hit = undefined; ${body};`, outside);
      await app.session.wait(SETTLE);
      assert.equal(await app.session.run('return window.hit ?? null'), null, 'it ran');
      assert.deepEqual(reached, [], 'it reached the outside');
      assert.equal(await app.session.address(), own, 'it left the page');
    });
  }

  test('may call the engine and nothing else of the host', async () => {
    const forbidden = [
      ['plugin:event|emit', { event: 'change', payload: null }],
      ['plugin:window|close', { label: 'main' }],
      ['plugin:window|set_title', { label: 'main', value: 'x' }],
      ['plugin:webview|create_webview_window', { options: { label: 'x', url: outside } }],
      ['plugin:app|version', {}],
      ['plugin:path|resolve_directory', { directory: 1 }],
      ['plugin:resources|close', { rid: 1 }],
      ['plugin:window-state|save_window_state', { flags: 1 }],
      ['plugin:global-shortcut|register', { shortcuts: ['Ctrl+A'], handler: '__CHANNEL__:1' }],
      ['plugin:autostart|enable', {}],
      ['plugin:notification|notify', { options: { title: 'x' } }],
      ['plugin:updater|check', {}],
      ['plugin:fs|read_text_file', { path: '/etc/hostname' }],
      ['no_such_command', {}],
    ];
    for (const [command, args] of forbidden) {
      const { rejected } = await app.session.invoke(/** @type {string} */ (command), args);
      assert.match(String(rejected), /not allowed|not found/, `${command} was not refused`);
    }
  });

  test('is told in the words of the contract what the engine does not know', async () => {
    const { rejected } = await app.session.invoke('rpc', { name: 'no_such_command', args: null });
    assert.equal(typeof rejected.code, 'string', `an ApiError, not ${JSON.stringify(rejected)}`);
  });

  test('finds no global handle of the host', async () => {
    assert.equal(await app.session.run('return typeof window.__TAURI__'), 'undefined');
  });

  test('cannot change what objects are made of', async () => {
    const changed = await app.session.run(
      `try { Object.prototype.toJSON = () => 'x' } catch {} return Object.prototype.toJSON !== undefined`,
    );
    assert.equal(changed, false, 'Object.prototype is frozen');
  });
});
