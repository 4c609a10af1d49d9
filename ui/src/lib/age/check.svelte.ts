import { act } from '../ipc/index.svelte';
import type { AgeManual } from '../ipc/types/AgeManual';
import type { AgeVerdict } from '../ipc/types/AgeVerdict';
import type { ApiError } from '../ipc/types/ApiError';
import { asApiError } from '../platform';
import { play } from './sound';

/** After so long a verdict is gone from the screen, in milliseconds. */
export const CLEARS = 12_000;
/** After so long without an answer the clerk goes on by hand, in milliseconds. */
export const PATIENCE = 5_000;

/** What the counter sees. Anything but a verdict is not a permission: it is amber. */
export type Shown =
  | { is: 'ready' }
  | { is: 'waiting' }
  | { is: 'verdict'; verdict: AgeVerdict }
  | { is: 'failed'; error: ApiError }
  | { is: 'banned' };

/** What the next scan is for: a check, or a card that is put on the shop's list. */
export type Aim = { is: 'check' } | { is: 'ban'; reason: string; until: string | null };

/** A check that is done again. */
export interface Repeat {
  id: string;
  reason: string;
}

const NO_ANSWER: ApiError = {
  code: 'AGE_NO_ANSWER',
  message: 'No answer came.',
  hint: 'Do not sell yet. Scan again; if it stays so, check the card by hand.',
  retryable: true,
};

let shown = $state.raw<Shown>({ is: 'ready' });
let aim = $state.raw<Aim>({ is: 'check' });
let goods = $state('tobacco');
let repeat = $state.raw<Repeat | null>(null);
/** Which question is the newest: the answer to any other is of a card that is gone. */
let asked = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

function show(next: Shown): void {
  clearTimeout(timer);
  shown = next;
  if (next.is === 'ready') return;
  if (next.is === 'verdict')
    play(next.verdict.verdict === 'green' || next.verdict.verdict === 'red' ? next.verdict.verdict : 'amber');
  else if (next.is === 'failed') play('amber');
  if (next.is === 'waiting') timer = setTimeout(() => settle(++asked, { is: 'failed', error: NO_ANSWER }), PATIENCE);
  else timer = setTimeout(clear, CLEARS);
}

function settle(number: number, next: Shown): void {
  if (number === asked) show(next);
}

/** Takes what is shown off the screen. */
export function clear(): void {
  asked += 1;
  show({ is: 'ready' });
}

/** Asks, and shows the answer where nobody has asked again since. Whatever goes wrong is no permission. */
async function ask(question: () => Promise<AgeVerdict>): Promise<ApiError | null> {
  const number = ++asked;
  show({ is: 'waiting' });
  try {
    const verdict = await question();
    repeat = null;
    settle(number, { is: 'verdict', verdict });
    return null;
  } catch (thrown) {
    const error = asApiError(thrown);
    settle(number, { is: 'failed', error });
    return error;
  }
}

// Without a reason the engine refuses, and says so.
const again = () => (repeat ? { resubmits: repeat.id, resubmit_reason: repeat.reason.trim() } : {});

export const check = {
  get shown(): Shown {
    return shown;
  },
  get aim(): Aim {
    return aim;
  },
  set aim(next: Aim) {
    aim = next;
    clear();
  },
  /** The class of goods that is sold. */
  get goods(): string {
    return goods;
  },
  set goods(next: string) {
    goods = next;
  },
  /** The check that the next one does again, and why. */
  get repeat(): Repeat | null {
    return repeat;
  },
  set repeat(next: Repeat | null) {
    repeat = next;
  },
  clear,
  /** Whoever leaves the counter leaves nothing of a check behind. */
  leave(): void {
    repeat = null;
    aim = { is: 'check' };
    clear();
  },
  /** Takes a scan. Its text goes to the engine and is kept nowhere. */
  scanned(scan: string): void {
    if (aim.is === 'check') {
      void ask(() => act('age_check', { scan, product_class: goods, ...again() }));
      return;
    }
    const { reason, until } = aim;
    const number = ++asked;
    aim = { is: 'check' };
    show({ is: 'waiting' });
    act('ban_card', { scan, reason, until }).then(
      () => settle(number, { is: 'banned' }),
      (thrown: unknown) => settle(number, { is: 'failed', error: asApiError(thrown) }),
    );
  },
  /** Takes what was typed; answers why it was refused. */
  typed(
    form: Pick<AgeManual, 'document' | 'birth' | 'expires'> & { second?: number; pin?: string },
  ): Promise<ApiError | null> {
    return ask(() => act('age_manual', { ...form, product_class: goods, ...again() }));
  },
};
