import type { DataKey } from '../keyring.ts';
import type { Sealer } from '../seal.ts';
import type { PersonalValue } from './personal-value.ts';

export interface SealingFields {
  readonly key: DataKey;
  readonly facet: string;
  readonly sealer: Pick<Sealer, 'seal'>;
}

type Holder = Record<string, unknown>;

/**
 * Puts ciphertext in the place of what was found. The event itself was made for this purpose; whatever lies in it may belong to other events
 * as well (a context that a batch has in common), so what is changed is copied first.
 */
export function sealFields(event: object, personal: readonly PersonalValue[], sealing: SealingFields): void {
  // Objects of this event are plain JSON.
  const root = event as Holder;
  const own = new Set<unknown>();
  for (const field of personal) {
    const holder = holderOf(root, field.keys, own);
    if (holder !== undefined) sealOne(holder, field, sealing);
  }
}

/** The object, or the list, that holds the value, copied with all that lead to it. */
function holderOf(root: Holder, keys: readonly string[], own: Set<unknown>): Holder | undefined {
  let holder = root;
  for (let depth = 0; depth < keys.length - 1; depth += 1) {
    const step = keys[depth] as string;
    let next = holder[step];
    if (typeof next !== 'object' || next === null) return undefined;
    if (!own.has(next)) {
      next = Array.isArray(next) ? [...next] : { ...next };
      own.add(next);
      holder[step] = next;
    }
    holder = next as Holder;
  }
  return holder;
}

function sealOne(
  holder: Holder,
  { keys, kind, path }: PersonalValue,
  { key, facet, sealer }: SealingFields,
): void {
  const last = keys.at(-1);
  const value = last === undefined ? undefined : holder[last];
  if (last === undefined || value === undefined) return;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const day = kind === 'birthday' ? BIRTHDAY.exec(text)?.[1] : undefined;
  holder[last] = { $sealed: sealer.seal(key, { facet, path }, text), kind, ...(day && { day }) };
}

/** Month and day stay readable to the engine, which otherwise could not tell when it is somebody's birthday; the year does not. */
const BIRTHDAY = /^(?:\d{4}-)?(\d{2}-\d{2})$/;
