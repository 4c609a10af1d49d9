/**
 * Tells a scan from typing, where a scanner types like a keyboard: by how the text begins and by its speed. The twin of the
 * detector in the `age` crate.
 *
 * It has no clock and no keyboard: it is given each character with its time, and the time alone when nothing comes. What may be
 * the beginning of a scan is held back, so that nothing of a card lands in a field; what turns out to be typing is given back.
 */

/** How a scanner is set. Times are in milliseconds. */
export interface WedgeSettings {
  /** What the scanner sends before each code; empty where nothing. */
  prefix: string;
  /** What it sends after each code; empty where nothing. */
  suffix: string;
  /** The longest time between two characters of a scan. People need more. */
  gap: number;
  /** The silence that ends a scan. */
  silence: number;
  /** How long after a scan late characters are still taken as its tail and dropped. */
  tail: number;
  /** Whether anything fast is a scan, whatever it begins with: where an ID is awaited, so that a wrong code gets an answer. */
  anyCode: boolean;
}

export const usual: WedgeSettings = { prefix: '', suffix: '', gap: 50, silence: 150, tail: 500, anyCode: false };

/** What became of a character, or of time that passed. `typed` goes where the focus is; `scanned` is a whole scan. */
export type Step = { is: 'held' | 'dropped' } | { is: 'typed' | 'scanned'; text: string };

type Begins = 'no' | 'perhaps' | 'yes';

/** Characters at speed after which anything is a scan, where anything may be one. */
const BURST = 6;
/** The longest scan. */
const LONGEST = 4096;
/** Between the `@` of a card and its file type stand up to three controls, or what the scanner types for them. */
const LONGEST_HEAD = 12;

function control(text: string): boolean {
  return [...text].some((one) => one < ' ' || one === '\u007f');
}

/** How far a text begins like a stripe: so many characters of a kind. */
function stripe(rest: string, kind: RegExp, enough: number): Begins {
  const head = rest.slice(0, enough);
  if (![...head].every((one) => kind.test(one))) return 'no';
  return head.length === enough ? 'yes' : 'perhaps';
}

/** Whether a text begins as an ID's barcode or a magnetic stripe does, with Caps Lock or without. */
function beginsAsCard(held: string): Begins {
  const text = held.toUpperCase();
  if (text.startsWith('@')) {
    const rest = text.slice(1);
    if (rest.includes('ANSI') || rest.includes('AAMVA')) return 'yes';
    return rest.length <= LONGEST_HEAD ? 'perhaps' : 'no';
  }
  for (const kind of ['ANSI ', 'AAMVA']) {
    if (!text.startsWith(kind)) continue;
    const rest = text.slice(kind.length).trimStart();
    return rest === '' ? 'perhaps' : /^\d/.test(rest) ? 'yes' : 'no';
  }
  if (text.startsWith('%')) return stripe(text.slice(1), /[A-Z]/, 3);
  if (text.startsWith(';')) return stripe(text.slice(1), /\d/, 6);
  return text !== '' && ('ANSI '.startsWith(text) || 'AAMVA'.startsWith(text)) ? 'perhaps' : 'no';
}

export class Wedge {
  #settings: WedgeSettings;
  #state: 'waiting' | 'scanning' | 'tail' = 'waiting';
  #held = '';
  #last = 0;
  /** When the last scan's last character came. */
  #ended = 0;
  /** The last scan as it was held, and the time up to which nothing was said to have come: a key that is older shows that it goes on. */
  #whole = '';
  #told = -Infinity;

  constructor(settings: WedgeSettings) {
    this.#settings = settings;
  }

  /** Sets it otherwise; what is held stays held. */
  set(settings: WedgeSettings): void {
    this.#settings = settings;
  }

  /** Whether keys belong to a scan, or may: then they are for nobody else. */
  get busy(): boolean {
    return this.#state !== 'waiting' || this.#held !== '';
  }

  /** Whether a key without a character that comes at `at` is the scanner's. After a scan a person's Escape is not. */
  owns(at: number): boolean {
    return this.busy && (this.#state !== 'tail' || at - this.#last <= this.#settings.gap);
  }

  /** In how many milliseconds silence would tell something; none where nothing is awaited. */
  get awaits(): number | undefined {
    if (this.#state === 'scanning') return this.#settings.silence;
    return this.#state === 'waiting' && this.#held !== '' ? this.#settings.gap + 1 : undefined;
  }

  /** In how many milliseconds of silence the last scan is to be forgotten; none where there is none. */
  get forgets(): number | undefined {
    return this.#state === 'tail' ? Math.max(this.#settings.tail, this.#settings.gap + 1) : undefined;
  }

  /** Whether a character could begin a scan: what cannot is never held back. */
  opens(character: string): boolean {
    return this.#state === 'waiting' && this.#held === '' ? this.#begins(character) !== 'no' : true;
  }

  /** Takes a character that came at `at`, on any clock. Where the clock goes back, no time has passed. */
  character(character: string, at: number): Step[] {
    // On a slow machine keys arrive later than they were pressed: what was taken for silence was none.
    if (this.#state === 'tail' && at < this.#told) {
      this.#held = this.#whole;
      this.#state = 'scanning';
    }
    const gap = Math.max(0, at - this.#last);
    const steps = this.#pass(gap);
    this.#last = at;
    if (this.#state === 'tail') return [...steps, this.#after(character, gap)];
    this.#held += character;
    if (this.#state === 'scanning') return [...steps, this.#unlessEnded()];
    const begins = this.#begins(this.#held);
    if (begins === 'yes') this.#state = 'scanning';
    return [...steps, begins === 'no' ? { is: 'typed', text: this.#take() } : { is: 'held' }];
  }

  /** A key without a character, such as F1, that came at `at`: inside a scan it is the scanner's, and no silence. */
  key(at: number): Step[] {
    const steps = this.#pass(Math.max(0, at - this.#last));
    if (this.owns(at)) this.#last = at;
    return steps;
  }

  /** Takes note that it is `at` and nothing has come since the last character. */
  silence(at: number): Step[] {
    const steps = this.#pass(Math.max(0, at - this.#last));
    if (steps.some(({ is }) => is === 'scanned')) this.#told = at;
    this.#last = Math.min(this.#last, at);
    return steps;
  }

  /** Forgets what is held. */
  forget(): void {
    this.#held = this.#whole = '';
    this.#told = -Infinity;
    this.#state = 'waiting';
  }

  /** What a silence of `gap` ends. */
  #pass(gap: number): Step[] {
    const steps: Step[] = [];
    if (this.#state === 'waiting' && gap > this.#settings.gap && this.#held !== '') {
      steps.push({ is: 'typed', text: this.#take() });
    }
    if (this.#state === 'scanning' && gap >= this.#settings.silence) steps.push(this.#end());
    // What comes as one burst goes as one; a person who goes on typing is not kept out.
    const over = this.#last + gap - this.#ended >= this.#settings.tail && gap > this.#settings.gap;
    if (this.#state === 'tail' && over) this.forget();
    return steps;
  }

  /** What comes after a scan is its tail and dropped, unless it begins another card: a verdict must not stand for the next one. */
  #after(character: string, gap: number): Step {
    this.#held = gap > this.#settings.gap ? character : this.#held + character;
    const { prefix } = this.#settings;
    const begins = prefix !== '' && this.#held.startsWith(prefix) ? 'yes' : beginsAsCard(this.#held);
    const perhaps = begins === 'perhaps' || (prefix !== '' && prefix.startsWith(this.#held));
    if (begins === 'yes') this.#state = 'scanning';
    else if (!perhaps) this.#held = '';
    return { is: begins === 'yes' ? 'held' : 'dropped' };
  }

  /** Ends the scan where its suffix came, or where it is longer than any. */
  #unlessEnded(): Step {
    const { suffix } = this.#settings;
    // An Enter or a tab can also part two elements, so only silence tells that it was the end.
    const tells = suffix !== '' && !control(suffix);
    return (tells && this.#held.endsWith(suffix)) || this.#held.length > LONGEST ? this.#end() : { is: 'held' };
  }

  #end(): Step {
    const { prefix, suffix } = this.#settings;
    let text = this.#take();
    this.#whole = text;
    this.#told = -Infinity;
    this.#state = 'tail';
    this.#ended = this.#last;
    if (text.startsWith(prefix)) text = text.slice(prefix.length);
    if (suffix !== '' && text.endsWith(suffix)) text = text.slice(0, -suffix.length);
    return { is: 'scanned', text };
  }

  #take(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }

  #begins(held: string): Begins {
    const { prefix, anyCode } = this.#settings;
    if (prefix !== '' && held.startsWith(prefix)) return 'yes';
    const own: Begins = prefix !== '' && prefix.startsWith(held) ? 'perhaps' : 'no';
    const burst: Begins = !anyCode ? 'no' : held.length >= BURST ? 'yes' : 'perhaps';
    const all = [own, burst, beginsAsCard(held)];
    return all.includes('yes') ? 'yes' : all.includes('perhaps') ? 'perhaps' : 'no';
  }
}
