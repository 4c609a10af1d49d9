import { expect, test } from 'vitest';
import { keeping, secretsWords, variableFor } from './keeping';

test('a form promises the keychain only where there is one', () => {
  const kept = 'It goes into this computer’s keychain.';
  expect(keeping({ secrets: 'keychain' }, kept)).toBe(kept);
  expect(keeping({ secrets: 'session' }, kept)).toContain('until Backroom is closed');
  expect(keeping({ secrets: 'file' }, kept)).toContain('your passphrase');
  expect(keeping({ secrets: 'environment' }, kept)).toContain('cannot be saved');
  expect(secretsWords({ secrets: 'keychain' })).toContain('keychain');
  expect(secretsWords({ secrets: 'environment' })).not.toContain('keychain');
  expect(secretsWords(undefined), 'nothing before it is known').toBe('');
});

test('where nothing can be saved, the variable to set is named before anything is typed', () => {
  for (const [kind, variable] of [
    ['square', 'SQUARE_ACCESS_TOKEN'],
    ['lightspeed_r', 'LIGHTSPEED_ACCESS_TOKEN'],
    ['bigquery', 'GOOGLE_APPLICATION_CREDENTIALS'],
  ] as const) {
    expect(variableFor({ secrets: 'environment' }, kind)).toBe(variable);
    expect(variableFor({ secrets: 'keychain' }, kind)).toBeNull();
  }
});
