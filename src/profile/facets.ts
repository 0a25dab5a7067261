import type { Facet, Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';

export function emptyFacet(id: string, epoch = 0): Facet {
  return {
    id,
    epoch,
    events: 0,
    first: Number.MAX_SAFE_INTEGER,
    last: 0,
    aggregates: new Map(),
    orders: new Map(),
    traits: new Map(),
    consents: new Map(),
    dedupDays: [],
  };
}

export function emptyHeader(id: string, createdAt: EpochMs, kind: Header['kind']): Header {
  return { id, createdAt, kind, facets: [], seenAt: 0, triggers: new Map() };
}
