import { describe, expect, test } from 'vitest';
import { isShut, troubleTitle } from './trouble-words';

describe('data that cannot be opened', () => {
  test('has a screen of its own; a question that failed has not', () => {
    for (const code of ['STORE_CORRUPT', 'STORE_IN_USE', 'STORE_DISK_FULL', 'CONFIG_SYNTAX', 'DEMO_FAILED']) {
      expect(isShut({ code }), code).toBe(true);
    }
    for (const code of ['STORE_TOO_SLOW', 'OFFLINE', 'UNAUTHORIZED', 'INTERNAL']) {
      expect(isShut({ code }), code).toBe(false);
    }
  });
  test('says what happened and what is safe, whatever the code', () => {
    for (const code of ['STORE_CORRUPT', 'STORE_TOO_NEW', 'STORE_READ_ONLY', 'CONFIG_VALUE', 'STORE_FROM_LATER']) {
      const { title, safe } = troubleTitle({ code });
      expect(title, code).toMatch(/^[A-Z].*\.$/);
      expect(safe, `${code} says what is safe`).toMatch(/kept|keeps|still|changed nothing/);
    }
  });
});
