import type { Connections } from '../ipc/types/Connections';

type Kept = Pick<Connections, 'secrets'> | undefined;

/** Where a pasted secret goes: `kept` in words, no further than memory without a keychain, or nowhere. */
export function keeping(connections: Kept, kept: string): string {
  switch (connections?.secrets) {
    case 'session':
      return 'It stays in memory until Backroom is closed, and is never shown again.';
    case 'file':
      return 'It goes into a file of this computer that opens with your passphrase, and is never shown again.';
    case 'environment':
      return 'It cannot be saved here, as said above.';
    default:
      return kept;
  }
}

/** Where secrets are, for the head of the screen. */
export function secretsWords(connections: Kept): string {
  switch (connections?.secrets) {
    case undefined:
    case 'session':
      return '';
    case 'file':
      return 'Secrets stay in a file of this computer that opens with your passphrase.';
    case 'environment':
      return 'Secrets come from the variables with which Backroom was started.';
    case 'keychain':
      return 'Secrets stay in this computer’s keychain.';
  }
}

const variables: Record<string, string> = {
  square: 'SQUARE_ACCESS_TOKEN',
  lightspeed_r: 'LIGHTSPEED_ACCESS_TOKEN',
  bigquery: 'GOOGLE_APPLICATION_CREDENTIALS',
};

/** The variable to set instead of pasting, where nothing can be saved; else none. */
export function variableFor(connections: Kept, kind: string): string | null {
  return connections?.secrets === 'environment' ? (variables[kind] ?? null) : null;
}
