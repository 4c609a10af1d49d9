import type { ApiError } from '../ipc/types/ApiError';
import type { ChangeEvent } from '../ipc/types/ChangeEvent';

/** What the UI needs from whatever runs the engine. Nothing else of the host is visible to a screen. */
export interface Platform {
  readonly kind: 'window' | 'browser' | 'mock';
  /** Calls one command. Rejects with an `ApiError`. */
  rpc(name: string, args: unknown): Promise<unknown>;
  /**
   * Saves a text where the person chooses; where it is `packed`, the bytes that it says in base64. `false`: the person thought better
   * of it. Rejects with an `ApiError`.
   */
  save(name: string, text: string, packed?: boolean): Promise<boolean>;
  /** Leads the person's browser to the page on which to sign in, where the host has not done so by itself. */
  visit(address: string): void;
  /** Reports every committed change. `missed` tells that changes may have been lost, so all of them count. */
  onChange(handler: (event: ChangeEvent) => void, missed: () => void): () => void;
}

/** Whether a rejected value is the engine's own error. */
export function isApiError(value: unknown): value is ApiError {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as ApiError).code === 'string' &&
    typeof (value as ApiError).message === 'string'
  );
}

/** Turns anything that was thrown into words for a person. */
export function asApiError(value: unknown): ApiError {
  if (isApiError(value)) return value;
  return {
    code: 'ENGINE_UNREACHABLE',
    message: 'Backroom’s engine does not answer. Nothing that was saved is lost.',
    hint: 'Wait a moment, then press Try again. If it stays so, close and open Backroom.',
    retryable: true,
  };
}
