// Runs in the page: clicks and tells how long it took until the new numbers were painted, in milliseconds.
const [kind, target, title, done] = arguments;
const main = () => document.querySelector('main');
const before = main().innerText;
const ready = () =>
  main().querySelector('h1')?.textContent === title &&
  !main().querySelector('[aria-busy="true"]') &&
  main().innerText.length > 200 &&
  main().innerText !== before;
const element =
  kind === 'label'
    ? [...document.querySelectorAll('main label')].find((one) => one.textContent.trim().startsWith(target))?.querySelector('input')
    : document.querySelector(target);
if (!element) throw new Error(`${target} is not on the screen`);
if (element.disabled) throw new Error(`${target} cannot be pressed`);
const started = performance.now();
let inPage;
const look = () => {
  if (inPage !== undefined || !ready()) return;
  inPage = performance.now() - started;
  watcher.disconnect();
  clearTimeout(stuck);
  let frame;
  // A task that is queued before a frame is drawn runs right after it.
  const drawn = new MessageChannel();
  drawn.port1.onmessage = () => (frame = performance.now() - started);
  requestAnimationFrame(() => {
    drawn.port2.postMessage(0);
    requestAnimationFrame(() => {
      const painted = performance.now() - started;
      // Where that task has not had its turn yet, the next frame's beginning is as late as it can have been.
      done({ inPage, frame: frame ?? painted, painted });
    });
  });
};
const watcher = new MutationObserver(look);
watcher.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
// A click that leads nowhere is told with what is on the screen.
const stuck = setTimeout(() => done({ stuck: `${kind} ${target}: ${location.hash} ${main().innerText.slice(0, 300)}` }), 5000);
element.click();
look();
