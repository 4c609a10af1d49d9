import type { ChangeEvent } from '../ipc/types/ChangeEvent';
import { download } from './download';
import { EventStreamParser } from './event-stream';
import { asApiError, isApiError, type Platform } from './types';
import { visit } from './visit';

const KEY = 'backroom.token';
/** Shared by the tabs of one browser. */
const SEAT = 'backroom.seat';
const LONGEST_WAIT_MS = 30_000;

/** Takes the token out of the address, so that it does not stay in the history, and keeps it for this tab alone. */
function takeToken(): string {
  const match = /(?:^#|&)token=([^&]+)/.exec(location.hash);
  if (match?.[1]) {
    sessionStorage.setItem(KEY, decodeURIComponent(match[1]));
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY) ?? '';
}

/** The word by which the engine tells this browser from others: whoever enters a PIN here is at work here alone. */
function seat(): string {
  const known = localStorage.getItem(SEAT);
  if (known && /^[0-9a-f]{32}$/.test(known)) return known;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const fresh = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  localStorage.setItem(SEAT, fresh);
  return fresh;
}

const unauthorised = {
  code: 'BROWSER_NOT_AUTHORISED',
  message: 'This browser tab has no key to Backroom, or the key is no longer valid.',
  hint: 'Open the full address that `backroomctl serve` printed, with everything after the #.',
  retryable: false,
};

/** The engine over HTTP on loopback: `backroomctl serve`. */
export function httpPlatform(): Platform {
  const headers = { authorization: `Bearer ${takeToken()}`, 'x-backroom-seat': seat() };

  async function rpc(name: string, args: unknown): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`/rpc/${name}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(args ?? null),
        cache: 'no-store',
      });
    } catch (error) {
      throw asApiError(error);
    }
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return body;
    // The engine speaks of a bearer token; a person needs to know which address to open.
    if (response.status === 401 || response.status === 403) throw unauthorised;
    throw isApiError(body) ? body : asApiError(body);
  }

  async function readEvents(handler: (event: ChangeEvent) => void, signal: AbortSignal): Promise<boolean> {
    // EventSource cannot send the bearer header.
    const response = await fetch('/events', { headers, signal, cache: 'no-store' });
    if (response.status === 401 || response.status === 403) return false;
    if (!response.ok || !response.body) return true;
    const parser = new EventStreamParser((data) => handler(JSON.parse(data) as ChangeEvent));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return true;
      parser.push(value);
    }
  }

  return {
    kind: 'browser',
    rpc,
    save: download,
    visit,
    onChange(handler, missed) {
      const stopped = new AbortController();
      void (async () => {
        let wait = 500;
        let first = true;
        while (!stopped.signal.aborted) {
          if (!first) missed();
          first = false;
          const started = Date.now();
          const again = await readEvents(handler, stopped.signal).catch(() => true);
          if (!again) return;
          wait = Date.now() - started > LONGEST_WAIT_MS ? 500 : Math.min(wait * 2, LONGEST_WAIT_MS);
          await new Promise((resume) => setTimeout(resume, wait));
        }
      })();
      return () => stopped.abort();
    },
  };
}
