import type { Connections } from '../ipc/types/Connections';

/** Where a pasted secret goes: `kept` in words, or no further than memory where this computer has no keychain. */
export function keeping(connections: Pick<Connections, 'keychain_trouble'> | undefined, kept: string): string {
  return connections?.keychain_trouble?.code === 'KEYCHAIN_MISSING'
    ? 'This computer has no keychain: it stays in memory until Backroom is closed, and is never shown again.'
    : kept;
}
