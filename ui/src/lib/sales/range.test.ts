import { describe, expect, test } from 'vitest';
import { around, comparable, rangeName, readRange, shift } from './range';

const today = '2026-11-20';
const read = (search: string) => readRange(new URLSearchParams(search), today);

describe('ranges', () => {
  test.each([
    ['', { span: 'week', from: '2026-11-16', to: today }, 'nothing asked: this week'],
    ['from=2026-11-18&to=2026-11-18', { span: 'day', from: '2026-11-18', to: '2026-11-18' }, 'a day'],
    ['from=2026-11-09&to=2026-11-15', { span: 'week', from: '2026-11-09', to: '2026-11-15' }, 'a whole week'],
    ['from=2026-10-01&to=2026-10-31', { span: 'month', from: '2026-10-01', to: '2026-10-31' }, 'a whole month'],
    [
      'span=custom&from=2026-10-01&to=2026-10-31',
      { span: 'custom', from: '2026-10-01', to: '2026-10-31' },
      'asked for as custom',
    ],
    ['from=2026-11-05&to=2026-11-01', { span: 'custom', from: '2026-11-01', to: '2026-11-05' }, 'ends swapped'],
    ['from=2026-11-05&to=2027-01-01', { span: 'custom', from: '2026-11-05', to: today }, 'never beyond today'],
    ['from=junk', { span: 'week', from: '2026-11-16', to: today }, 'junk is no range'],
  ])('%s', (search, range, why) => expect(read(search), why).toEqual(range));

  test('there is nothing after today', () => {
    for (const span of ['day', 'week', 'month'] as const) {
      expect(shift(around(span, today, today), 1, today), span).toBeNull();
    }
  });

  test('back and forth ends where it began', () => {
    for (const span of ['day', 'week', 'month'] as const) {
      const range = around(span, today, today);
      const back = shift(range, -1, today);
      expect(back && shift(back, 1, today), span).toEqual(range);
    }
  });

  test('names', () => {
    expect(rangeName(around('day', today, today), today)).toBe('Friday, November 20');
    expect(rangeName(around('month', today, today), today)).toBe('November 2026');
    expect(rangeName(around('week', '2025-12-31', today), today)).toBe('Dec 29, 2025 – Jan 4, 2026');
  });
});

describe('like with like', () => {
  test('today alone is compared to the minute, elsewhere', () => {
    expect(comparable(around('day', today, today), today)).toBeNull();
  });
  test('a running week leaves today out and takes the same weekdays', () => {
    expect(comparable(around('week', today, today), today)).toMatchObject({
      own: { from: '2026-11-16', to: '2026-11-19' },
      base: { from: '2026-11-09', to: '2026-11-12' },
    });
  });
  test('a whole month is compared with the whole month before', () => {
    expect(comparable(around('month', '2026-03-15', today), today)?.base).toEqual({
      from: '2026-02-01',
      to: '2026-02-28',
    });
    expect(comparable(around('month', '2026-02-15', today), today)?.base).toEqual({
      from: '2026-01-01',
      to: '2026-01-31',
    });
  });
  test('a running month is compared with the same days of the month before', () => {
    expect(comparable(around('month', today, today), today)?.base).toEqual({ from: '2026-10-01', to: '2026-10-19' });
  });
  test('ten days are compared with the same weekdays two weeks before', () => {
    const ten = { span: 'custom', from: '2026-11-01', to: '2026-11-10' } as const;
    expect(comparable(ten, today)?.base).toEqual({ from: '2026-10-18', to: '2026-10-27' });
  });
});
