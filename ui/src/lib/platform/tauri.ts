import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { ChangeEvent } from '../ipc/types/ChangeEvent';
import { asApiError, type Platform } from './types';

/** The engine in the same process, behind the window's one command. */
export function tauriPlatform(): Platform {
  return {
    kind: 'window',
    async rpc(name, args) {
      try {
        return await invoke('rpc', { name, args });
      } catch (error) {
        throw asApiError(error);
      }
    },
    async save(name, text, packed) {
      try {
        return await invoke<boolean>('save_text', { name, text, packed });
      } catch (error) {
        throw asApiError(error);
      }
    },
    // The host has opened it, as soon as the engine had told it.
    visit() {},
    onChange(handler) {
      const stop = listen<ChangeEvent>('change', (event) => handler(event.payload));
      return () => void stop.then((unlisten) => unlisten());
    },
  };
}
