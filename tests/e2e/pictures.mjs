// Makes the pictures of the README from the real window with the demonstration store in it.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT, openWindow } from './lib/app.mjs';
import { until } from './lib/until.mjs';

const FOLDER = path.join(ROOT, '.github/images');
const app = await openWindow(['--demo'], { width: 1280, height: 800 });
try {
  const state = async () => (await app.session.invoke('rpc', { name: 'app_state', args: null })).answer;
  await until('the first sync', async () => (await state())?.filling === null, 180_000);
  await app.session.invoke('rpc', { name: 'push_now', args: null });
  await until('an empty queue', async () => (await state()).freshness.waiting === 0, 180_000);
  await mkdir(FOLDER, { recursive: true });
  for (const [screen, theme] of [['today', 'light'], ['today', 'dark'], ['sales', 'light'], ['products', 'light'], ['sync', 'light'], ['connections', 'light'], ['settings', 'light']]) {
    await app.session.run(
      `localStorage.setItem('backroom.theme', arguments[1]); location.hash = '#/' + arguments[0]; location.reload();`,
      screen,
      theme,
    );
    await until(`${screen} painted`, () =>
      app.session.run(
        `return document.documentElement.dataset.theme === arguments[1]
           && location.hash === '#/' + arguments[0]
           && document.querySelector('h1') && !document.querySelector('[aria-busy="true"]')`,
        screen,
        theme,
      ),
    );
    const name = theme === 'light' ? screen : `${screen}-${theme}`;
    await writeFile(path.join(FOLDER, `${name}.png`), await app.session.picture());
    console.log(`${name}.png`);
  }
} finally {
  await app.close();
}
