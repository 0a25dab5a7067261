import { limits } from '../limits.ts';
import type { Event, KindClaim } from '../model/event.ts';
import type { Facet, KindRegister, ListedKind, ProfileKind } from '../model/profile.ts';

/**
 * The kind of a profile is a register per facet: the claim that is known best wins, then the newest, then the greater
 * (source, event id). So it merges in any order, and an unmerge takes exactly its own away. What lists say has a register
 * for each entry, because an entry may leave its list: then the claim counts no more, and another one does.
 */
const TRUST: Readonly<Record<KindClaim['by'], number>> = Object.freeze({ list: 2, event: 1, rule: 0 });

/**
 * Does the policy in force list the entry under this kind? Without an entry, as claims were once kept: does it list
 * anybody under it?
 */
export type IsListed = (kind: ProfileKind, entry: string | undefined) => boolean;

export function applyKind(facet: Facet, event: Event): void {
  if (event.kind === undefined) return;
  const { kind, by, entry } = event.kind;
  const said = { kind, time: event.time, tie: `${event.source}\0${event.id}` };
  if (by === 'list' && entry !== undefined) takeListed(facet, [{ ...said, by, entry }]);
  else take(facet, { ...said, by });
}

export function uniteKinds(into: Facet, from: Facet): void {
  if (from.kind !== undefined) take(into, from.kind);
  if (from.listed !== undefined) takeListed(into, from.listed);
}

/** The kind in force over the facets of a profile: a customer, unless somebody knows better. */
export function readKind(facets: readonly Facet[], isListed: IsListed): ProfileKind {
  let best: KindRegister | undefined;
  const consider = (claim: KindRegister, entry?: string): void => {
    if (best !== undefined && !wins(claim, best)) return;
    if (claim.by !== 'list' || isListed(claim.kind, entry)) best = claim;
  };
  for (const { kind, listed } of facets) {
    if (kind !== undefined) consider(kind);
    for (const claim of listed ?? []) consider(claim, claim.entry);
  }
  return best?.kind ?? 'customer';
}

function take(facet: Facet, claim: KindRegister): void {
  if (facet.kind === undefined || wins(claim, facet.kind)) facet.kind = claim;
}

/** Of each entry the newest, and of these the newest ones: what order they come in makes no difference. */
function takeListed(facet: Facet, claims: readonly ListedKind[]): void {
  const newest = new Map<string, ListedKind>();
  for (const claim of [...(facet.listed ?? []), ...claims]) {
    const known = newest.get(claim.entry);
    if (known === undefined || wins(claim, known)) newest.set(claim.entry, claim);
  }
  const sorted = [...newest.values()].sort((a, b) =>
    wins(a, b) || (!wins(b, a) && a.entry > b.entry) ? -1 : 1,
  );
  facet.listed = sorted.slice(0, limits.listedKindsPerFacetMax);
}

function wins(a: KindRegister, b: KindRegister): boolean {
  if (a.by !== b.by) return TRUST[a.by] > TRUST[b.by];
  if (a.time !== b.time) return a.time > b.time;
  // One event that was reported under two sets of identifiers may have said two things.
  return a.tie !== b.tie ? a.tie > b.tie : a.kind > b.kind;
}
