import { combinationKey, facetKey } from '../../src/ingest/facet-key.ts';
import type { Effect, HistoryRow } from '../../src/model/effect.ts';
import type { Claim, Event } from '../../src/model/event.ts';
import type { FoldContext } from '../../src/model/fold.ts';
import type { MessageBody } from '../../src/model/record.ts';
import type { StateView } from '../../src/model/view.ts';

/** State as a plain map in which everything is loaded. */
export class MapView implements StateView {
  readonly entries = new Map<string, object>();

  get<T extends object>(key: string): T | undefined {
    // The stage under test put it there under a key of its own kind.
    return this.entries.get(key) as T | undefined;
  }

  has(): boolean {
    return true;
  }

  put(key: string, value: object): void {
    this.entries.set(key, value);
  }

  absent(): void {}

  remove(key: string): void {
    this.entries.delete(key);
  }

  /** The entries whose key starts with this, by the rest of their key. */
  under<T extends object>(prefix: string): Map<string, T> {
    const found = new Map<string, T>();
    for (const [key, value] of this.entries)
      if (key.startsWith(prefix)) found.set(key.slice(prefix.length), value as T);
    return found;
  }
}

export interface RecordedContext extends FoldContext {
  readonly sent: { readonly to: string; readonly body: MessageBody }[];
  readonly rows: HistoryRow[];
  readonly effects: Effect[];
}

/** A context that writes down what the fold asks for. */
export function recordingContext(view: StateView, at: { seq: number; now: number }): RecordedContext {
  const sent: RecordedContext['sent'] = [];
  const rows: HistoryRow[] = [];
  const effects: Effect[] = [];
  let ordinal = 0;
  return {
    view,
    now: at.now,
    partition: 0,
    position: { seq: at.seq, index: 0 },
    raw: undefined,
    sent,
    rows,
    effects,
    toIdentity: (body) => sent.push({ to: 'identity', body }),
    toProfile: (to, body) => sent.push({ to, body }),
    toAllPeople: () => undefined,
    effect: (effect) => effects.push(effect),
    history: (row) => rows.push(row),
    cause: () => ({ partition: 0, seq: at.seq, index: 0, ordinal: ordinal++ }),
  };
}

const TYPES: Readonly<Record<string, string>> = {
  a: 'anonymous_id',
  d: 'device_id',
  e: 'email',
  m: 'member_id',
  p: 'phone',
  u: 'user_id',
};
const WEAK = 'ad';
const STRENGTH = 'adepmu';

/** `p1` is a verified phone, `p1?` a stated one, `a1` a cookie, `d1` a device, `u1` a user id. */
export function claimOf(name: string): Claim {
  const letter = name[0] ?? '';
  const type = TYPES[letter] ?? 'anonymous_id';
  return { type, hash: name.replace('?', ''), verified: !WEAK.includes(letter) && !name.endsWith('?') };
}

/** Weakest first, as admission sorts them. */
export function claimsOf(names: readonly string[]): Claim[] {
  const rank = (name: string): string =>
    `${WEAK.includes(name[0] ?? '') ? 0 : name.endsWith('?') ? 1 : 2}${STRENGTH.indexOf(name[0] ?? '')}${name}`;
  return [...names].sort((x, y) => (rank(x) < rank(y) ? -1 : 1)).map(claimOf);
}

/** An event of these identifiers, a product view unless something else is said. */
export function eventOf(id: string, names: readonly string[], more: Partial<Event> = {}): Event {
  const claims = claimsOf(names);
  return {
    id,
    type: 'product_viewed',
    time: 1_700_000_000_000,
    receivedAt: 1_700_000_000_000,
    source: 'test',
    channel: 'web',
    claims,
    facet: claims.length === 0 ? 'u-0' : facetKey(claims),
    ...(claims.length > 2 ? { combination: combinationKey(claims) } : {}),
    properties: {},
    ...more,
  };
}
