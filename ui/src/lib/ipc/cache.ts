import type { ApiError } from './types/ApiError';

/** One question with its last answer. */
export interface Entry {
  readonly key: string;
  readonly name: string;
  readonly args: unknown;
  data: unknown;
  error: ApiError | undefined;
  /** The answer may no longer be true: the next reader asks again. */
  stale: boolean;
  /** A question is under way. */
  running: boolean;
}

interface Slot extends Entry {
  changedWhileRunning: boolean;
  readonly listeners: Set<() => void>;
}

export interface CacheOptions {
  call: (name: string, args: unknown) => Promise<unknown>;
  tagsOf: (name: string) => readonly string[];
  toError: (thrown: unknown) => ApiError;
  /** Answers kept that nobody looks at. */
  keep?: number;
}

/** Whether two answers say the same. They are JSON, and the engine writes its fields in one order. */
function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Answers by question, shown at once and asked again only when a tag they depend on has changed.
 *
 * Invariants: at most one call per question is under way; a change that arrives during a call causes one more call;
 * an answer is never thrown away because a later call failed; listeners are never called from within `watch`; an answer that says
 * the same is the same object and calls nobody, so that what a person is typing over it stays.
 */
export class QueryCache {
  readonly #slots = new Map<string, Slot>();
  readonly #options: CacheOptions;
  readonly #keep: number;

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#keep = options.keep ?? 40;
  }

  entry(name: string, args: unknown): Entry {
    const key = `${name} ${JSON.stringify(args)}`;
    const found = this.#slots.get(key);
    if (found) {
      // Moved to the end: the map's order is the order of last use.
      this.#slots.delete(key);
      this.#slots.set(key, found);
      return found;
    }
    const slot: Slot = {
      key,
      name,
      args,
      data: undefined,
      error: undefined,
      stale: true,
      running: false,
      changedWhileRunning: false,
      listeners: new Set(),
    };
    this.#slots.set(key, slot);
    this.#forgetUnused();
    return slot;
  }

  /** Asks if the answer is stale and reports every change until the returned function is called. */
  watch(entry: Entry, changed: () => void): () => void {
    const slot = entry as Slot;
    slot.listeners.add(changed);
    this.#slots.set(slot.key, slot);
    if (slot.stale && !slot.running) void this.#ask(slot);
    return () => slot.listeners.delete(changed);
  }

  /** Asks again whatever the age of the answer. */
  refresh(entry: Entry): Promise<void> {
    return this.#ask(entry as Slot);
  }

  /** Marks answers stale; those on a screen are asked again now, the others when they are next looked at. */
  invalidate(tags: readonly string[] | 'all'): void {
    for (const slot of [...this.#slots.values()]) {
      if (tags !== 'all' && !this.#options.tagsOf(slot.name).some((tag) => tags.includes(tag))) continue;
      slot.stale = true;
      if (slot.running) slot.changedWhileRunning = true;
      else if (slot.listeners.size > 0) void this.#ask(slot);
    }
  }

  async #ask(slot: Slot): Promise<void> {
    if (slot.running) {
      slot.changedWhileRunning = true;
      return;
    }
    slot.running = true;
    do {
      slot.changedWhileRunning = false;
      const { data, error } = slot;
      try {
        const answer = await this.#options.call(slot.name, slot.args);
        if (!same(data, answer)) slot.data = answer;
        slot.error = undefined;
      } catch (thrown) {
        slot.error = this.#options.toError(thrown);
      }
      slot.running = slot.changedWhileRunning && slot.listeners.size > 0;
      slot.stale = slot.changedWhileRunning || slot.error !== undefined;
      const changed = slot.data !== data || !same(slot.error, error);
      if (changed) for (const listener of [...slot.listeners]) listener();
    } while (slot.running);
  }

  #forgetUnused(): void {
    let unused = [...this.#slots.values()].filter((slot) => slot.listeners.size === 0 && !slot.running);
    unused = unused.slice(0, Math.max(0, unused.length - this.#keep));
    for (const slot of unused) this.#slots.delete(slot.key);
  }
}
