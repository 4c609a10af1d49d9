import { describe, expect, test } from 'vitest';
import { byLetter, isIdle, pace, wait } from './presence';
import { covers, opens, roleOf, screenFor } from './roles';
import { pinFault, whereOf } from './draft';

describe('roles', () => {
  test('later ones may do all that earlier ones may', () => {
    expect([covers('owner', 'clerk'), covers('manager', 'manager'), covers('clerk', 'manager')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(roleOf('superuser'), 'what is not known may do the least').toBe('clerk');
  });
  test('no role meets a screen that is not for it', () => {
    for (const view of ['today', 'sales', 'sync', 'connections', 'settings', 'setup'] as const) {
      expect(screenFor('clerk', view), view).toBe('products');
    }
    expect(screenFor('clerk', 'products')).toBe('products');
    expect(screenFor('manager', 'settings')).toBe('settings');
    expect(screenFor('manager', 'setup'), 'setting up is the owner’s').toBe('today');
    expect(opens('owner', 'setup')).toBe(true);
  });
});

describe('presence', () => {
  test('the engine hears of a person at most every thirty seconds', () => {
    const tell = pace();
    expect([0, 1, 29_999, 30_000, 31_000, 60_000].map(tell)).toEqual([true, false, false, true, false, true]);
    expect(tell(5), 'a clock that was set back').toBe(true);
  });
  test('idle counts the whole time, sleep too', () => {
    expect(isIdle(0, 599_999, 10)).toBe(false);
    expect(isIdle(0, 600_000, 10)).toBe(true);
    expect(isIdle(0, 1e9, 0), 'no minutes: no lock').toBe(false);
  });
  test('a wait in words', () => {
    expect([wait(28), wait(0.2), wait(-3), wait(245)]).toEqual(['0:28', '0:01', '0:00', '4:05']);
  });
  test('a letter goes to the next name of it, around the end', () => {
    const names = ['Ana', 'Ben', 'bea', 'Cleo'];
    expect(byLetter(names, -1, 'b')).toBe(1);
    expect(byLetter(names, 1, 'B')).toBe(2);
    expect(byLetter(names, 2, 'b')).toBe(1);
    expect(byLetter(names, 0, 'x')).toBe(-1);
    expect(byLetter([], -1, 'a')).toBe(-1);
  });
});

describe('a person that is written down', () => {
  test('a PIN is looked at before it is sent', () => {
    expect(pinFault('4711', '4711', true)).toBe('');
    expect(pinFault('', '', false), 'left empty keeps the present one').toBe('');
    for (const [pin, again, words] of [
      ['', '', /four to eight/],
      ['471', '471', /four to eight/],
      ['47a1', '47a1', /four to eight/],
      ['471147114', '471147114', /four to eight/],
      ['4711', '4712', /not the same/],
    ] as const) {
      expect(pinFault(pin, again, true)).toMatch(words);
    }
  });
  test('what the engine refuses stands beside its field', () => {
    expect(
      ['PIN_WEAK', 'PIN_FORM', 'PERSON_NAME_TAKEN', 'BAD_REQUEST', 'PERSON_LAST_OWNER', 'STORE_CLOSED'].map(whereOf),
    ).toEqual(['pin', 'pin', 'name', 'name', 'role', 'all']);
  });
});
