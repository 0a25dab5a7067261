import { useEffect, useRef, useState } from 'preact/hooks';
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

/**
 * Asks whenever one of `about` changes; the answer to an older question is thrown away. Where only one of `again` has changed
 * the same is asked once more, and what is shown stays until the answer is there.
 */
export function useLoad<Value>(
  ask: (signal: AbortSignal) => Promise<Value>,
  about: readonly unknown[],
  again: readonly unknown[] = [],
): Loading<Value> {
  const [loaded, setLoaded] = useState<Loaded<Value>>({ state: 'loading' });
  const [round, setRound] = useState(0);
  const shown = useRef<readonly unknown[] | undefined>(undefined);
  const question = [...about, round];
  useEffect(() => {
    const ending = new AbortController();
    if (!isSame(question, shown.current)) setLoaded({ state: 'loading' });
    ask(ending.signal).then(
      (value) => {
        if (ending.signal.aborted) return;
        shown.current = question;
        setLoaded({ state: 'ready', value });
      },
      (reason: unknown) => {
        if (ending.signal.aborted) return;
        shown.current = undefined;
        setLoaded({ state: 'failed', error: toApiError(reason) });
      },
    );
    return () => ending.abort();
  }, [...question, ...again]);
  return { loaded, reload: () => setRound((n) => n + 1) };
}

function isSame(question: readonly unknown[], shown: readonly unknown[] | undefined): boolean {
  return shown?.length === question.length && question.every((each, i) => Object.is(each, shown[i]));
}

/** What anything thrown means to somebody who reads it. A key that has ended leads back to the sign-in. */
export function toApiError(reason: unknown): TesseraApiError {
  if (reason instanceof TesseraApiError) {
    if (reason.status === 401) signOut();
    return reason;
  }
  return new TesseraApiError({ status: 0, code: 'internal', detail: String(reason), cause: reason });
}
