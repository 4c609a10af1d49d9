import { expect, test } from 'vitest';
import { isVendorPage } from './vendor-page';

test.each([
  ['https://squareup.com/receipt/preview/abc', true],
  ['https://app.squareup.com/receipt/abc', true],
  ['http://squareup.com/receipt', false],
  ['https://squareup.com@example.com/', false],
  ['https://squareup.com.example.com/', false],
  ['https://notsquareup.com/', false],
  ['https://squareup.com:8443/', false],
  ['javascript:alert(1)//squareup.com', false],
  ['data:text/html,squareup.com', false],
  ['', false],
])('%s', (text, opens) => expect(isVendorPage(text)).toBe(opens));
