import { useEffect, useState } from 'preact/hooks';
import { TesseraApiError } from '../../sdk/client/client.ts';
import { signOut } from '../session.ts';

/** What became of a question to the engine. */
export type Loaded<Value> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: TesseraApiError }
  | { readonly state: 'ready'; readonly value: Value };

export interface Loading<Value> {
  readonly loaded: Loaded<Value>;
  readonly reload: () => void;
}

/** Asks whenever one of `about` changes; the answer to an older question is thrown away. */
export function useLoad<Value>(
  ask: (signal: AbortSignal) => Promise<Value>,
  about: readonly unknown[],
): Loading<Value> {
  const [loaded, setLoaded] = useState<Loaded<Value>>({ state: 'loading' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const ending = new AbortController();
    setLoaded({ state: 'loading' });
    ask(ending.signal).then(
      (value) => {
        if (!ending.signal.aborted) setLoaded({ state: 'ready', value });
      },
      (reason: unknown) => {
        if (!ending.signal.aborted) setLoaded({ state: 'failed', error: toApiError(reason) });
      },
    );
    return () => ending.abort();
  }, [...about, round]);
  return { loaded, reload: () => setRound((n) => n + 1) };
}

/** What anything thrown means to somebody who reads it. A key that has ended leads back to the sign-in. */
export function toApiError(reason: unknown): TesseraApiError {
  if (reason instanceof TesseraApiError) {
    if (reason.status === 401) signOut();
    return reason;
  }
  return new TesseraApiError({ status: 0, code: 'internal', detail: String(reason), cause: reason });
}
