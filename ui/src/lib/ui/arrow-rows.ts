import type { Attachment } from 'svelte/attachments';

/**
 * Arrow keys move between the elements marked `data-row`; Tab enters and leaves the whole list at once.
 * The markup gives the first of them `tabindex="0"` and the others `-1`.
 */
export const arrowRows: Attachment<HTMLElement> = (root) => {
  const rows = () => [...root.querySelectorAll<HTMLElement>('[data-row]')];
  const onKey = (event: KeyboardEvent) => {
    const list = rows();
    const at = list.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: list.length - 1 }[event.key];
    const next = to === undefined ? undefined : list[to];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  const onFocus = (event: FocusEvent) => {
    const list = rows();
    if (!list.includes(event.target as HTMLElement)) return;
    for (const row of list) row.tabIndex = row === event.target ? 0 : -1;
  };
  root.addEventListener('keydown', onKey);
  root.addEventListener('focusin', onFocus);
  return () => {
    root.removeEventListener('keydown', onKey);
    root.removeEventListener('focusin', onFocus);
  };
};
