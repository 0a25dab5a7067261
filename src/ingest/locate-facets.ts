import { LRUCache } from 'lru-cache';
import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import { type Combination, isVerdictOn, type Place } from '../model/identity.ts';
import { keys } from '../model/keys.ts';

export interface LocateOptions {
  /** Entries of identity, decoded; fails while the state is away. */
  readonly read: (keys: readonly string[]) => Promise<readonly (object | undefined)[]>;
  /** Version of the identity policy in force. */
  readonly policyVersion: () => string;
  /** The state could not be asked: identity will hear of everything that is not remembered here. */
  readonly onAway: (error: unknown) => void;
}

export type Locate = (events: readonly Event[]) => Promise<readonly (string | undefined)[]>;

/**
 * Finds the profile that the facet of an event is at, if its combination of identifiers was judged before. What is
 * remembered is never refreshed: a facet that has moved leaves word where it was, and the event follows. While the state
 * is away, ingest goes on: identity takes what nobody here remembers.
 */
export function createLocate(options: LocateOptions): Locate {
  const known = new LRUCache<string, string>({ max: limits.locationCacheEntries });
  return async (events) => {
    const found: (string | undefined)[] = new Array(events.length);
    const unknown: number[] = [];
    for (const [i, event] of events.entries()) {
      // Sign-ins and sign-outs concern identity however well known their combination is.
      if (event.claims.length === 0 || event.identity !== undefined) continue;
      found[i] = known.get(nameOf(event));
      if (found[i] === undefined) unknown.push(i);
    }
    if (unknown.length === 0) return found;
    const wanted = unknown.map((i) => events[i] as Event);
    for (const [n, verdict] of (await verdictsOn(wanted, options)).entries()) {
      const i = unknown[n] as number;
      found[i] = verdict?.location;
      if (verdict?.lasts === true) known.set(nameOf(events[i] as Event), verdict.location);
    }
    return found;
  };
}

function nameOf(event: Event): string {
  return event.combination ?? event.facet;
}

interface Verdict {
  readonly location: string;
  /** False where another version of the policy may see it differently. */
  readonly lasts: boolean;
}

async function verdictsOn(
  events: readonly Event[],
  { read, policyVersion, onAway }: LocateOptions,
): Promise<readonly (Verdict | undefined)[]> {
  const wanted = events.flatMap(({ facet, combination }) =>
    combination === undefined ? [keys.place(facet)] : [keys.place(facet), keys.combination(combination)],
  );
  let entries: readonly (object | undefined)[];
  try {
    entries = await read(wanted);
  } catch (error) {
    onAway(error);
    return events.map(() => undefined);
  }
  let next = 0;
  return events.map(({ combination }) => {
    const place = entries[next++] as Place | undefined;
    const known = combination === undefined ? undefined : (entries[next++] as Combination | undefined);
    if (place === undefined) return undefined;
    if (combination === undefined ? !place.judged : known === undefined || !isVerdictOn(place, known))
      return undefined;
    const { refusedUnder } = known ?? place;
    if (refusedUnder !== undefined && refusedUnder !== policyVersion()) return undefined;
    return { location: place.location, lasts: refusedUnder === undefined };
  });
}
