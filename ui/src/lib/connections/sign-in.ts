import { act, visit } from '../ipc/index.svelte';
import type { SignInRequest } from '../ipc/types/SignInRequest';
import type { SourceConnection } from '../ipc/types/SourceConnection';

/** Begins a sign-in and leads the person's browser to the vendor's page. Rejects with an `ApiError`. */
export async function begin(asked: SignInRequest): Promise<void> {
  const told = await act('begin_sign_in', asked);
  visit(told.address);
}

/** Begins a sign-in with what is kept of a connection that was signed in before. Rejects with an `ApiError`. */
export function beginAgain(source: SourceConnection): Promise<void> {
  const { kind, name, client_id, redirect } = source;
  return begin({ kind, name, client_id, client_secret: '', redirect });
}
