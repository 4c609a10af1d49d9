/** The keyboard of a counter: what a scanner types goes to the ID check, what a person types goes where it was typed. */
import { Wedge, type Step, type WedgeSettings } from './wedge';

export interface Listening {
  /** How the scanner is set, and whether an ID is awaited. Asked at every key. */
  settings: () => WedgeSettings;
  /** Takes a scan. It is handed over once and kept nowhere. */
  scanned: (text: string) => void;
}

const MODIFIERS = new Set(['Shift', 'CapsLock', 'Control', 'Alt', 'AltGraph', 'Meta', 'NumLock', 'ScrollLock', 'Fn']);
/** Kinds of fields into which text can be put back. */
const TEXTS = new Set(['text', 'search', 'password', 'email', 'tel', 'url', 'number']);

/** The field of text that has the focus. */
export function textField(target: Element | null): HTMLElement | undefined {
  if (target instanceof HTMLTextAreaElement) return target;
  if (target instanceof HTMLInputElement) return TEXTS.has(target.type) ? target : undefined;
  return target instanceof HTMLElement && target.isContentEditable ? target : undefined;
}

/** The character that a key stands for in a scan: Enter and Tab part elements, Ctrl with a letter is a control. */
function characterOf(event: KeyboardEvent): string | undefined {
  if (event.key === 'Enter') return '\r';
  if (event.key === 'Tab') return '\t';
  if (event.ctrlKey && !event.altKey) {
    const code = event.key.toUpperCase().charCodeAt(0);
    return event.key.length === 1 && code >= 0x40 && code <= 0x5f ? String.fromCharCode(code - 0x40) : undefined;
  }
  return [...event.key].length === 1 && !event.metaKey ? event.key : undefined;
}

/**
 * Listens on a window before anybody else. Inside a scan no key does anything else: neither Enter nor Tab, no F-key and no Ctrl.
 * Answers what ends it.
 */
export function listen(page: Window, { settings, scanned }: Listening): () => void {
  const wedge = new Wedge(settings());
  const given = new WeakSet<Event>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Keys that went down and were kept from the page: it is not told either that they came up. */
  const kept = new Set<string>();
  /** The digits of a control that a scanner types as Alt and a number. */
  let coded = '';

  /** Puts what was held back where the focus is, as if it had been typed there. */
  function giveBack(text: string): void {
    const target = page.document.activeElement;
    if (textField(target)) {
      // The one way in which a page types: the field's own undo, length and events hold.
      page.document.execCommand('insertText', false, text);
      return;
    }
    for (const key of text) {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
      given.add(event);
      (target ?? page.document.body).dispatchEvent(event);
    }
  }

  /** Does what steps ask; answers whether the key of `own` is to go on its own way. */
  function take(steps: Step[], own = ''): boolean {
    let goesOn = false;
    for (const step of steps) {
      if (step.is === 'scanned') scanned(step.text);
      if (step.is !== 'typed') continue;
      // The key that settled it was pressed now: it goes on by itself, after what came before it.
      goesOn = own !== '' && step === steps.at(-1) && step.text.endsWith(own);
      const before = goesOn ? step.text.slice(0, -own.length) : step.text;
      if (before !== '') giveBack(before);
    }
    return goesOn;
  }

  function stop(event: KeyboardEvent): void {
    event.preventDefault();
    event.stopImmediatePropagation();
    kept.add(event.code);
  }

  /**
   * Looks again when silence would tell something: after the keys that are waiting already. Keys have their own clock, so that
   * a page that was busy takes nothing for silence.
   */
  function wait(last: number): void {
    clearTimeout(timer);
    const awaits = wedge.awaits ?? wedge.forgets;
    if (awaits === undefined) return;
    timer = setTimeout(() => {
      timer = setTimeout(() => {
        take(wedge.silence(last + awaits));
        wait(last + awaits);
      }, 0);
    }, awaits);
  }

  function down(event: KeyboardEvent): void {
    if (given.has(event) || event.isComposing || MODIFIERS.has(event.key)) return;
    // Had it come up where this page does not hear it, it would still count as kept.
    kept.delete(event.code);
    wedge.set(settings());
    if (event.altKey && /^Numpad\d$/.test(event.code) && wedge.busy) {
      coded = (coded + event.code.slice(-1)).slice(-4);
      take(wedge.key(event.timeStamp));
      stop(event);
      return wait(event.timeStamp);
    }
    const character = characterOf(event);
    // What silence has ended since is settled first: this key may be the first that is not the scanner's.
    take(character === undefined ? wedge.key(event.timeStamp) : wedge.silence(event.timeStamp));
    const begins = character !== undefined && /[^\t\r ]/.test(character) && !event.ctrlKey && !event.repeat;
    if (character === undefined ? !wedge.owns(event.timeStamp) : !wedge.busy && !(begins && wedge.opens(character)))
      return;
    if (character === undefined || !take(wedge.character(character, event.timeStamp), character)) stop(event);
    wait(event.timeStamp);
  }

  /** A key that was kept from the page is not let go there either. */
  function up(event: KeyboardEvent): void {
    if (event.key === 'Alt' && coded !== '') {
      const character = String.fromCharCode(Number(coded) & 0x7f);
      coded = '';
      take(wedge.character(character, event.timeStamp));
      wait(event.timeStamp);
    }
    if (kept.delete(event.code)) event.stopImmediatePropagation();
  }

  page.addEventListener('keydown', down, true);
  page.addEventListener('keyup', up, true);
  return () => {
    clearTimeout(timer);
    wedge.forget();
    page.removeEventListener('keydown', down, true);
    page.removeEventListener('keyup', up, true);
  };
}
