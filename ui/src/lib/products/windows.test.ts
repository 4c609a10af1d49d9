import { expect, test } from 'vitest';
import { pagesOf, visible } from './windows';

test('the window covers what is seen, within the list', () => {
  expect(visible(0, 600, 44, 500)).toEqual({ first: 0, last: 22 });
  expect(visible(4_400, 600, 44, 500)).toEqual({ first: 92, last: 122 });
  expect(visible(0, 600, 44, 3)).toEqual({ first: 0, last: 3 });
  expect(visible(99_999, 600, 44, 3), 'scrolled beyond a list that became short').toEqual({ first: 3, last: 3 });
});

test('two pages hold every window no longer than a page', () => {
  for (let top = 0; top < 22_000; top += 37) {
    const slice = visible(top, 2_000, 44, 500);
    const pages = pagesOf(slice, 100);
    const rows = Array.from({ length: slice.last - slice.first }, (_, index) => slice.first + index);
    const missing = rows.filter((row) => !pages.includes(Math.floor(row / 100) * 100));
    expect(missing, `scrolled to ${top}`).toEqual([]);
  }
});
