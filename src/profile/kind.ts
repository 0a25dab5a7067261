import type { Event, KindClaim } from '../model/event.ts';
import type { Facet, KindRegister, ProfileKind } from '../model/profile.ts';

/**
 * The kind of a profile is one register per facet: the claim that is known best wins, then the newest, then the
 * greater (source, event id). So it merges in any order, and an unmerge takes exactly its own away.
 */
const TRUST: Readonly<Record<KindClaim['by'], number>> = Object.freeze({ list: 2, event: 1, rule: 0 });

export function applyKind(facet: Facet, event: Event): void {
  if (event.kind === undefined) return;
  const { kind, by } = event.kind;
  take(facet, { kind, by, time: event.time, tie: `${event.source}\0${event.id}` });
}

export function uniteKinds(into: Facet, from: Facet): void {
  if (from.kind !== undefined) take(into, from.kind);
}

/** The kind in force over the facets of a profile: a customer, unless somebody knows better. */
export function readKind(facets: readonly Facet[]): ProfileKind {
  let best: KindRegister | undefined;
  for (const { kind } of facets)
    if (kind !== undefined && (best === undefined || wins(kind, best))) best = kind;
  return best?.kind ?? 'customer';
}

function take(facet: Facet, claim: KindRegister): void {
  if (facet.kind === undefined || wins(claim, facet.kind)) facet.kind = claim;
}

function wins(a: KindRegister, b: KindRegister): boolean {
  if (a.by !== b.by) return TRUST[a.by] > TRUST[b.by];
  if (a.time !== b.time) return a.time > b.time;
  // One event that was reported under two sets of identifiers may have said two things.
  return a.tie !== b.tie ? a.tie > b.tie : a.kind > b.kind;
}
