// Looks for a secret wherever none may be: in files, in what programs say and screens show, in how processes were started. A
// process's memory is not looked at: what is sent to a vendor has to be there.
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

/** A text as programs write it down: as it is, and as it is packed for JSON, addresses, wires and Windows. */
function dressed(/** @type {string} */ text) {
  const bytes = Buffer.from(text);
  const json = (/** @type {string} */ plain) => JSON.stringify(plain).slice(1, -1);
  const dresses = new Map([
    ['as it is', bytes],
    ['in JSON', Buffer.from(json(text))],
    ['in JSON in JSON', Buffer.from(json(json(text)))],
    ['in JSON with slashes escaped', Buffer.from(json(text).replaceAll('/', '\\/'))],
    ['in an address', Buffer.from(encodeURIComponent(text))],
    ['in an address, in small letters', Buffer.from(encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()))],
    ['in an address’s path', Buffer.from(encodeURI(text))],
    ['in HTML', Buffer.from(text.replaceAll('&', '&amp;').replaceAll('"', '&quot;'))],
    ['in hex', Buffer.from(bytes.toString('hex'))],
    ['in capital hex', Buffer.from(bytes.toString('hex').toUpperCase())],
    ['in UTF-16', Buffer.from(text, 'utf16le')],
  ]);
  // Inside a longer text it begins at any of three places of the packing.
  for (const shift of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
    const [from, to] = [Math.ceil((shift * 8) / 6), Math.floor((whole.length * 8) / 6)];
    for (const alphabet of /** @type {const} */ (['base64', 'base64url']))
      dresses.set(`in ${alphabet}, ${shift}`, Buffer.from(whole.toString(alphabet).slice(from, to)));
  }
  return dresses;
}

/** A process and all that came of it. */
async function family(/** @type {number} */ root) {
  const parents = new Map();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // The name in brackets may itself hold brackets and blanks.
    const parent = stat.slice(stat.lastIndexOf(')') + 1).trim().split(' ')[1];
    parents.set(Number(name), Number(parent));
  }
  const all = [root];
  for (const one of all) for (const [process, parent] of parents) if (parent === one) all.push(process);
  return all;
}

/**
 * Secrets by what they are called, in every dress in which they could be written down.
 * @param {Record<string, string>} secrets
 */
export function tracesOf(secrets) {
  const wanted = Object.entries(secrets).flatMap(([name, text]) => [...dressed(text)].map(([dress, bytes]) => ({ what: `${name} ${dress}`, bytes })));

  /** Which of them lies in these bytes. */
  const within = (/** @type {Buffer | string} */ bytes) => {
    const place = Buffer.from(/** @type {any} */ (bytes));
    return wanted.filter((one) => place.includes(one.bytes)).map((one) => one.what);
  };

  /** Where it lies below a folder, names of files included. @returns {Promise<string[]>} */
  async function inFolder(/** @type {string} */ folder) {
    const found = [];
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      found.push(...within(entry.name).map((what) => `${what} in the name ${file}`));
      if (entry.isDirectory()) found.push(...(await inFolder(file)));
      // What is gone by the time it is read was a draft; sockets and pipes hold nothing.
      else if (entry.isFile()) found.push(...within(await readFile(file).catch(() => '')).map((what) => `${what} in ${file}`));
    }
    return found;
  }

  /** Where it lies in how a process and all that came of it were started; and how many were looked at. */
  async function inProcesses(/** @type {number} */ root) {
    const found = [];
    const processes = await family(root);
    for (const one of processes)
      for (const place of ['cmdline', 'environ', 'comm']) {
        const bytes = await readFile(`/proc/${one}/${place}`).catch(() => Buffer.alloc(0));
        found.push(...within(bytes).map((what) => `${what} in ${place} of process ${one}`));
      }
    return { found, count: processes.length };
  }

  return { within, inFolder, inProcesses };
}
