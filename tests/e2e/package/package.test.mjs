// The package for Debian, as a shop meets it: what it says of itself, installed, started, updated and removed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT, emptyHome, giveScreen } from '../lib/app.mjs';
import { desktop } from '../lib/desktop.mjs';
import { ownRoot } from '../lib/root.mjs';
import { until } from '../lib/until.mjs';

const exec = promisify(execFile);
const DEB = String(process.env.BACKROOM_DEB);
const SIZE = { width: 1280, height: 800, bus: true };
const ENTRY = '/usr/share/applications/Backroom.desktop';
const ICONS = { '32x32': 32, '128x128': 128, '256x256@2': 256, '512x512': 512 };

/** @type {Awaited<ReturnType<typeof emptyHome>>} */
let place;
/** @type {Awaited<ReturnType<typeof ownRoot>>} */
let root;
/** @type {(() => Promise<unknown>)[]} */
const closing = [];

/** Runs a program in the root; that it ends well is part of every test. */
async function run(/** @type {string[]} */ ...words) {
  const { code, out, err } = /** @type {{ code: number, out: string, err: string }} */ (await root.run(...words));
  assert.equal(code, 0, `${words.join(' ')}: ${err}${out}`);
  return out;
}

before(async () => {
  place = await emptyHome();
  closing.push(place.remove);
  await giveScreen(place.home, place.env, closing, SIZE);
  root = await ownRoot(place.home, place.env);
  closing.push(root.remove);
});
after(async () => {
  for (const step of closing.reverse()) await step();
});

describe('the package', { concurrency: false }, () => {
  test('says what it is', async () => {
    const { stdout } = await exec('dpkg-deb', ['--field', DEB]);
    const fields = Object.fromEntries([...stdout.matchAll(/^([A-Z][\w-]*): (.*)$/gm)].map(([, name, value]) => [name, value]));
    const manifest = await readFile(path.join(ROOT, 'Cargo.toml'), 'utf8');
    const version = /^\[package\][^[]*?^version = "([^"]+)"/ms.exec(manifest)?.[1];
    const meant = { Package: 'backroom', Version: version, Section: 'misc', Priority: 'optional', Maintainer: 'Backroom' };
    for (const [name, value] of Object.entries(meant)) assert.equal(fields[name], value, name);
    assert.match(fields.Architecture, /^(amd64|arm64)$/);
    assert.match(fields.Description, /back office/);
    assert.ok(Number(fields['Installed-Size']) > 10_000, 'kilobytes');
    const needs = fields.Depends.split(', ');
    for (const name of ['libwebkit2gtk-4.1-0', 'libgtk-3-0', 'libayatana-appindicator3-1']) assert.ok(needs.includes(name), name);
    assert.match(fields.Recommends, /gnome-keyring \| /, 'without a keychain a shop types its passphrase at every start');
  });

  test('installs on a system that has what it asks for', async () => {
    await run('dpkg', '--install', DEB);
    assert.match(await run('dpkg', '--status', 'backroom'), /^Status: install ok installed$/m);
    assert.equal(await run('dpkg', '--verify', 'backroom'), '', 'every file is as it was packed');
    const files = (await run('dpkg', '--listfiles', 'backroom')).split('\n');
    const meant = ['/usr/bin/backroom', '/usr/bin/backroomctl', ENTRY, '/usr/share/doc/backroom/third-party.txt'];
    for (const file of [...meant, '/usr/share/doc/backroom/CHANGELOG.md']) assert.ok(files.includes(file), file);
    const odd = files.filter((file) => !/^\/(\.|usr(\/(bin|lib|share)\b.*)?)?$/.test(file) && file !== '');
    assert.deepEqual(odd, [], 'nothing lies outside /usr');
  });

  test('both programs are of this version', async () => {
    const version = (await run('dpkg-query', '--show', '--showformat=${Version}', 'backroom')).trim();
    const window = /** @type {{ err: string }} */ (await root.run('backroom', '--version'));
    assert.equal(window.err.trim(), `Backroom ${version}`);
    assert.equal((await run('backroomctl', '--version')).trim(), `backroomctl ${version}`);
  });

  test('tells the desktop of itself and of its links', async () => {
    const { stdout } = await exec('desktop-file-validate', [root.changed(ENTRY)]);
    assert.equal(stdout, '', 'the desktop entry is as the desktops want it');
    const entry = await readFile(root.changed(ENTRY), 'utf8');
    for (const line of ['Exec=backroom %u', 'Icon=backroom', 'Name=Backroom', 'Categories=Office;', 'Terminal=false']) {
      assert.ok(entry.split('\n').includes(line), `${line} in\n${entry}`);
    }
    assert.match(entry, /^MimeType=x-scheme-handler\/backroom;?$/m);
    await run('update-desktop-database', '/usr/share/applications');
    assert.match(await run('gio', 'mime', 'x-scheme-handler/backroom'), /Backroom\.desktop/, 'links of a browser come here');
    const about = root.changed('/usr/share/metainfo/app.backroom.desktop.metainfo.xml');
    await exec('appstreamcli', ['validate', '--no-net', '--no-color', about]).catch((/** @type {any} */ error) => {
      assert.doesNotMatch(error.stdout, /^E: /m, error.stdout);
    });
  });

  test('its icons are as large as their folders say', async () => {
    for (const [folder, pixels] of Object.entries(ICONS)) {
      const png = await readFile(root.changed(`/usr/share/icons/hicolor/${folder}/apps/backroom.png`));
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [pixels, pixels], folder);
    }
  });

  test('names what it contains of others', async () => {
    const text = await readFile(root.changed('/usr/share/doc/backroom/third-party.txt'), 'utf8');
    for (const part of ['tauri 2', 'rusqlite 0', 'svelte 5', '@fontsource-variable/archivo']) assert.ok(text.includes(part), part);
    assert.match(text, /Permission is hereby granted/);
    assert.match(text, /SIL OPEN FONT LICENSE/i);
  });

  const data = () => path.join(place.home, 'data/backroom');

  test('opens its window, keeps its data in the usual place, and ends', async () => {
    const app = root.start('backroom');
    try {
      await until('the window', () => desktop(place.env).visible('^Backroom'), 60_000);
      await until('the data', () => existsSync(path.join(data(), 'backroom.db')));
      assert.equal(app.child.exitCode, null, app.said.err);
    } finally {
      await app.stop();
    }
    await run('backroomctl', '--secrets', 'env', 'doctor');
  });

  test('an update goes over what is there', async () => {
    const told = await run('dpkg', '--install', DEB);
    assert.doesNotMatch(told, /removed/, 'who updates is not told of a removal');
    assert.ok(existsSync(path.join(data(), 'backroom.db')));
  });

  test('a removal leaves the data and says where it is', async () => {
    const kept = await readFile(path.join(data(), 'backroom.db'));
    const told = await run('dpkg', '--remove', 'backroom');
    assert.match(told, /Backroom is removed\. The shop's data is not: it lies in \.local\/share\/backroom/);
    assert.match(told, /BACKROOM_DATA_DIR[^]*keychain/);
    const { code } = /** @type {{ code: number }} */ (await root.run('test', '-e', '/usr/bin/backroom'));
    assert.equal(code, 1, 'the program is gone');
    await run('dpkg', '--purge', 'backroom');
    assert.deepEqual(await readFile(path.join(data(), 'backroom.db')), kept, 'to the byte');
    assert.ok((await readdir(data())).includes('backroom.db'));
  });
});
