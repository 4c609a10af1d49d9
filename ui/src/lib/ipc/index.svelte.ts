import { createSubscriber } from 'svelte/reactivity';
import { asApiError, type Platform } from '../platform';
import { QueryCache, type Entry } from './cache';
import { invalidates, provides, type ReadName, type Reads, type WriteName, type Writes } from './commands';
import type { ApiError } from './types/ApiError';

let platform: Platform | undefined;

function rpc(name: string, args: unknown): Promise<unknown> {
  if (!platform) throw new Error('the engine is called before connect()');
  return platform.rpc(name, args);
}

const cache = new QueryCache({
  call: rpc,
  tagsOf: (name) => provides[name as ReadName],
  toError: asApiError,
});

/** Joins the screens to an engine. Called once, before the first screen. */
export function connect(host: Platform): void {
  platform = host;
  host.onChange(
    (event) => cache.invalidate(event.invalidates),
    () => cache.invalidate('all'),
  );
}

const subscribers = new WeakMap<Entry, () => void>();

function track(entry: Entry): void {
  let subscribe = subscribers.get(entry);
  if (!subscribe) {
    subscribe = createSubscriber((update) => cache.watch(entry, update));
    subscribers.set(entry, subscribe);
  }
  subscribe();
}

export interface Query<T> {
  /** The last answer, at once where there is one. */
  readonly data: T | undefined;
  /** Why the last question failed; `data` may still hold an older answer. */
  readonly error: ApiError | undefined;
  /** Whether `data` answers an earlier question than the one asked now. */
  readonly pending: boolean;
  refresh(): Promise<void>;
}

/**
 * Reads from the engine and stays true: the answer is asked again when something it depends on has changed.
 * While `args` changes, the earlier answer stays on the screen (`keep`), so that nothing jumps.
 */
export function query<N extends ReadName>(
  name: N,
  args: () => Reads[N]['args'] | undefined,
  options: { keep: boolean } = { keep: true },
): Query<Reads[N]['reply']> {
  let last: Reads[N]['reply'] | undefined;
  const current = (): Entry | undefined => {
    const asked = args();
    if (asked === undefined) return undefined;
    const entry = cache.entry(name, asked);
    track(entry);
    return entry;
  };
  return {
    get data() {
      const own = current()?.data as Reads[N]['reply'] | undefined;
      if (own !== undefined) last = own;
      return own ?? (options.keep ? last : undefined);
    },
    get error() {
      return current()?.error;
    },
    get pending() {
      const entry = current();
      return entry !== undefined && entry.data === undefined && entry.error === undefined;
    },
    async refresh() {
      const asked = args();
      if (asked !== undefined) await cache.refresh(cache.entry(name, asked));
    },
  };
}

/** Asks ahead of the screen that will show it, so that first paint waits for one round trip and not for two. */
export function prefetch<N extends ReadName>(name: N, args: Reads[N]['args']): void {
  cache.watch(cache.entry(name, args), () => undefined)();
}

/** Whether the screens are shown by Backroom’s own window and not by a browser. */
export function inWindow(): boolean {
  return platform?.kind === 'window';
}

/** Saves a text where the person chooses; where it is `packed`, the bytes that it says in base64. */
export function save(name: string, text: string, packed = false): Promise<boolean> {
  if (!platform) throw new Error('the engine is called before connect()');
  return platform.save(name, text, packed);
}

/** Leads the person’s browser to the page on which to sign in. */
export function visit(address: string): void {
  platform?.visit(address);
}

/** Asks once, past the cache. Rejects with an `ApiError`. */
export function ask<N extends ReadName>(name: N, args: Reads[N]['args']): Promise<Reads[N]['reply']> {
  return rpc(name, args) as Promise<Reads[N]['reply']>;
}

/** Does something. Rejects with an `ApiError`; what it changed is asked again either way. */
export async function act<N extends WriteName>(name: N, args: Writes[N]['args']): Promise<Writes[N]['reply']> {
  try {
    return (await rpc(name, args)) as Writes[N]['reply'];
  } finally {
    cache.invalidate(invalidates[name]);
  }
}
