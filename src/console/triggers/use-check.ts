import { useEffect, useState } from 'preact/hooks';
import type { TesseraApiError } from '../../sdk/client/client.ts';
import { toApiError } from '../parts/use-load.ts';
import { ask, may } from '../session.ts';
import { type Draft, fieldOf } from './draft.ts';
import type { Kind } from './triggers-page.tsx';

export interface Change {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What the engine says of a draft. */
export type Verdict =
  | { readonly state: 'checking' }
  | { readonly state: 'unreadable'; readonly problem: string }
  | { readonly state: 'refused'; readonly error: TesseraApiError }
  | { readonly state: 'valid'; readonly changes: readonly Change[] };

/** Somebody who types is not asked about every letter. */
const CHECK_AFTER_MS = 400;

/**
 * Asks the engine about every draft, without changing anything; again in another `round`, when something was put in force. Of a
 * key that may not define anything it would be refused, so nothing is asked.
 */
export function useCheck(kind: Kind, draft: Draft, round: number): Verdict {
  const [verdict, setVerdict] = useState<Verdict>({ state: 'checking' });
  useEffect(() => {
    if (!may('define')) return;
    if (draft.fields === undefined) {
      setVerdict({ state: 'unreadable', problem: draft.problem ?? '' });
      return;
    }
    const ending = new AbortController();
    setVerdict({ state: 'checking' });
    const timer = setTimeout(() => {
      check(kind, draft, ending.signal).then(
        (next) => {
          if (!ending.signal.aborted) setVerdict(next);
        },
        (error: unknown) => {
          if (!ending.signal.aborted) setVerdict({ state: 'refused', error: toApiError(error) });
        },
      );
    }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [kind, draft.text, round]);
  return verdict;
}

async function check(kind: Kind, { fields }: Draft, signal: AbortSignal): Promise<Verdict> {
  const name = fieldOf(fields, ['name']) || 'unnamed';
  const { changes = [] } = await ask<{ readonly changes?: readonly Change[] }>(
    'PUT /v1/definitions/{kind}/{name}',
    {
      path: { kind, name },
      query: { dry_run: '1' },
      body: fields,
      signal,
    },
  );
  return { state: 'valid', changes };
}
