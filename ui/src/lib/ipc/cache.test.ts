import { describe, expect, test } from 'vitest';
import { QueryCache } from './cache';

interface Call {
  name: string;
  args: unknown;
  answer: (value: unknown) => Promise<void>;
  fail: (reason: unknown) => Promise<void>;
}

function setup(keep?: number) {
  const calls: Call[] = [];
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  const cache = new QueryCache({
    call: (name, args) =>
      new Promise((resolve, reject) => {
        calls.push({
          name,
          args,
          answer: async (value) => (resolve(value), settle()),
          fail: async (reason) => (reject(reason), settle()),
        });
      }),
    tagsOf: (name) => [name],
    toError: (thrown) => ({ code: String(thrown), message: '', hint: '', retryable: true }),
    ...(keep === undefined ? {} : { keep }),
  });
  const call = (index: number): Call => {
    const found = calls[index];
    if (!found) throw new Error(`call ${index} was not made`);
    return found;
  };
  return { cache, calls, call };
}

describe('QueryCache', () => {
  test('two watchers of one question make one call', async () => {
    const { cache, calls, call } = setup();
    let changes = 0;
    cache.watch(cache.entry('sales', { from: 1 }), () => (changes += 1));
    cache.watch(cache.entry('sales', { from: 1 }), () => (changes += 1));
    expect(calls.length, 'the second watcher joins the first').toBe(1);
    expect(changes, 'a listener is never called from within watch').toBe(0);
    await call(0).answer(7);
    expect(changes).toBe(2);
    expect(cache.entry('sales', { from: 1 }).data).toBe(7);
  });

  test('an answer stays while it is asked again, and after that has failed', async () => {
    const { cache, call } = setup();
    const entry = cache.entry('sales', null);
    cache.watch(entry, () => undefined);
    await call(0).answer('old');
    cache.invalidate(['sales']);
    expect(entry.data, 'shown while asked again').toBe('old');
    await call(1).fail('DOWN');
    expect(entry.data, 'a failure never hides numbers').toBe('old');
    expect(entry.error?.code).toBe('DOWN');
    cache.invalidate(['sales']);
    await call(2).answer('new');
    expect([entry.data, entry.error]).toEqual(['new', undefined]);
  });

  test('an answer that says the same stays the same and calls nobody', async () => {
    const { cache, call } = setup();
    const entry = cache.entry('a', null);
    let told = 0;
    cache.watch(entry, () => (told += 1));
    await call(0).answer({ n: 1 });
    const first = entry.data;
    cache.invalidate(['a']);
    await call(1).answer({ n: 1 });
    expect(entry.data, 'what hangs on it need not begin anew').toBe(first);
    expect(told, 'nobody draws again for nothing').toBe(1);
    cache.invalidate(['a']);
    await call(2).fail('down');
    cache.invalidate(['a']);
    await call(3).answer({ n: 1 });
    expect([told, entry.error], 'trouble that comes and goes is told').toEqual([3, undefined]);
    cache.invalidate(['a']);
    await call(4).answer({ n: 2 });
    expect([told, entry.data], 'and so is what is new').toEqual([4, { n: 2 }]);
  });

  test('a change during a call causes exactly one more', async () => {
    const { cache, calls, call } = setup();
    const entry = cache.entry('sales', null);
    cache.watch(entry, () => undefined);
    cache.invalidate(['sales']);
    cache.invalidate('all');
    expect(calls.length, 'never two at a time').toBe(1);
    await call(0).answer('before the change');
    expect(calls.length, 'the answer may be older than the change').toBe(2);
    await call(1).answer('after');
    expect(entry.data).toBe('after');
    expect(calls.length).toBe(2);
  });

  test('other tags are left alone and unwatched answers wait', async () => {
    const { cache, calls, call } = setup();
    const stop = cache.watch(cache.entry('sales', null), () => undefined);
    await call(0).answer(1);
    cache.invalidate(['products']);
    expect(calls.length).toBe(1);
    stop();
    cache.invalidate(['sales']);
    expect(calls.length, 'nobody looks: nobody asks').toBe(1);
    cache.watch(cache.entry('sales', null), () => undefined);
    expect(calls.length, 'the next reader asks').toBe(2);
  });

  test('a fresh answer is not asked again by the next reader', async () => {
    const { cache, calls, call } = setup();
    cache.watch(cache.entry('sales', null), () => undefined)();
    await call(0).answer(1);
    cache.watch(cache.entry('sales', null), () => undefined);
    expect(calls.length).toBe(1);
  });

  test('only so many unwatched answers are kept, the oldest go first', async () => {
    const { cache, calls, call } = setup(2);
    cache.watch(cache.entry('sales', 'watched'), () => undefined);
    await call(0).answer(0);
    for (const [index, args] of ['a', 'b', 'c', 'd'].entries()) {
      cache.watch(cache.entry('sales', args), () => undefined)();
      await call(index + 1).answer(args);
    }
    cache.entry('sales', 'e');
    expect(cache.entry('sales', 'watched').data, 'what is on a screen is never forgotten').toBe(0);
    expect(cache.entry('sales', 'd').data).toBe('d');
    expect(cache.entry('sales', 'a').data).toBeUndefined();
    expect(calls.length).toBe(5);
  });
});
