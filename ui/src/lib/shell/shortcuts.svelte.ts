import { go, views } from '../state/router.svelte';

let mapOpen = $state(false);

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** The view that a key press asks for: F1–F9 anywhere, Alt+1–9 where the host keeps the function keys. */
export function viewOf(event: Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return undefined;
  const number = event.altKey ? /^Digit([1-9])$/.exec(event.code)?.[1] : /^F([1-9])$/.exec(event.key)?.[1];
  return number === undefined ? undefined : views[Number(number) - 1];
}

export const shortcuts = {
  get mapOpen(): boolean {
    return mapOpen;
  },
  set mapOpen(open: boolean) {
    mapOpen = open;
  },
  onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
    const view = viewOf(event);
    if (view) {
      event.preventDefault();
      go(view);
    } else if (event.key === '?' && !typing(event.target)) {
      event.preventDefault();
      mapOpen = true;
    } else if (event.key === '/' && !typing(event.target)) {
      const search = document.querySelector<HTMLInputElement>('input[type=search]');
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
  },
};
