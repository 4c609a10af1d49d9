import { expect, test } from 'vitest';
import { compare, percentText } from './compare';

test.each([
  { now: 112, base: 100, tickets: 20, text: '12%', direction: 'up', why: 'growth' },
  { now: 88, base: 100, tickets: 20, text: '12%', direction: 'down', why: 'loss' },
  { now: 100, base: 100, tickets: 20, text: '', direction: 'same', why: 'equal' },
  { now: 112, base: 100, tickets: 4, text: '', direction: 'up', why: 'four tickets say nothing about a percentage' },
  { now: 112, base: 100, tickets: 5, text: '12%', direction: 'up', why: 'five do' },
  { now: 112, base: 0, tickets: 20, text: '', direction: 'up', why: 'nothing to divide by' },
  { now: 5_000, base: 100, tickets: 20, text: '', direction: 'up', why: 'fifty times is no percentage' },
  { now: 10, base: -100, tickets: 20, text: '', direction: 'up', why: 'a negative base has no percentage' },
])('$why', ({ now, base, tickets, text, direction }) => {
  const result = compare(now, base, tickets);
  expect(percentText(result)).toBe(text);
  expect(result.direction).toBe(direction);
  expect(result.difference, 'the absolute difference is always told').toBe(now - base);
});
