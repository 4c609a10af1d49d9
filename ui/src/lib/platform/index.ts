import type { Platform } from './types';

export type { Platform } from './types';
export { asApiError } from './types';

/** Chooses the host once, before the first screen. */
export async function choosePlatform(): Promise<Platform> {
  if (import.meta.env.DEV || import.meta.env.MODE === 'mock') {
    const scenario = new URLSearchParams(location.search).get('mock');
    if (scenario !== null || import.meta.env.MODE === 'mock') {
      const { mockPlatform } = await import('../mock/platform');
      return mockPlatform(scenario || 'full');
    }
  }
  if ('__TAURI_INTERNALS__' in window) return (await import('./tauri')).tauriPlatform();
  return (await import('./http')).httpPlatform();
}
