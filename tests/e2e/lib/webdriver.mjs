// The little of WebDriver that these tests need.

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** One session: a window under remote control. */
export class Session {
  #base;

  /**
   * @param {string} driver address of the driver
   * @param {string} application the program to start
   * @param {string[]} args its arguments
   */
  static async open(driver, application, args) {
    const value = await request(`${driver}/session`, 'POST', {
      capabilities: { alwaysMatch: { 'tauri:options': { application, args } } },
    });
    return new Session(`${driver}/session/${value.sessionId}`);
  }

  constructor(/** @type {string} */ base) {
    this.#base = base;
  }

  close() {
    return request(this.#base, 'DELETE');
  }

  /** Runs the body of a function in the page and returns its (awaited) value. */
  run(/** @type {string} */ body, ...args) {
    return request(`${this.#base}/execute/sync`, 'POST', { script: body, args });
  }

  /** What a person reads on the page. */
  text() {
    return this.run('return document.body.innerText');
  }

  title() {
    return request(`${this.#base}/title`, 'GET');
  }

  address() {
    return request(`${this.#base}/url`, 'GET');
  }

  /** Runs the body of a function that calls its last argument when it is done. */
  wait(/** @type {string} */ body, ...args) {
    return request(`${this.#base}/execute/async`, 'POST', { script: body, args });
  }

  /** Asks the host as the page does; an answer or `{ rejected }`. */
  invoke(/** @type {string} */ command, /** @type {unknown} */ args) {
    return this.wait(
      `const [command, args, done] = arguments;
       window.__TAURI_INTERNALS__.invoke(command, args).then(
         (answer) => done({ answer }),
         (error) => done({ rejected: typeof error === 'object' ? error : String(error) }),
       );`,
      command,
      args,
    );
  }

  /** The window's content as PNG, once what the page last changed is painted. */
  async picture() {
    await this.wait(
      `const done = arguments[0];
       document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(done)));`,
    );
    return Buffer.from(await request(`${this.#base}/screenshot`, 'GET'), 'base64');
  }

  /** Gives the window a size and waits until it has it. */
  resize(/** @type {number} */ width, /** @type {number} */ height) {
    return request(`${this.#base}/window/rect`, 'POST', { width, height });
  }

  /** Clicks what a CSS selector names. */
  async click(/** @type {string} */ selector) {
    const found = await request(`${this.#base}/element`, 'POST', { using: 'css selector', value: selector });
    await request(`${this.#base}/element/${found[ELEMENT]}/click`, 'POST', {});
  }

  /** Types into what a CSS selector names. */
  async type(/** @type {string} */ selector, /** @type {string} */ text) {
    const found = await request(`${this.#base}/element`, 'POST', { using: 'css selector', value: selector });
    await request(`${this.#base}/element/${found[ELEMENT]}/value`, 'POST', { text });
  }

  /** Presses keys one after another, wherever the focus is. */
  press(/** @type {string[]} */ ...keys) {
    const actions = keys.flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]);
    return request(`${this.#base}/actions`, 'POST', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }
}

async function request(/** @type {string} */ url, /** @type {string} */ method, /** @type {unknown} */ body) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${value?.error}: ${value?.message}`);
  return value;
}
