import type { Pace } from '../../background/pace.ts';
import { combinationKey, facetKey } from '../../ingest/facet-key.ts';
import { createIdentifierReader } from '../../ingest/identifiers.ts';
import { limits } from '../../limits.ts';
import type { Claim, Event } from '../../model/event.ts';
import { baseType } from '../../model/identifier-type.ts';
import type { IdentityPolicy } from '../../model/identity-policy.ts';

/**
 * Shows events of the past as they would look under a policy, as far as that can be told from their claims: types that
 * it does not know and values that it blocks are gone, and what remains stands in its order of strength. The values
 * themselves are gone for good, so nothing is normalized anew.
 */
export interface PolicyLens {
  /** The event as it is where the policy changes nothing; undefined where it names nobody any more. */
  read(event: Event): Event | undefined;
}

export interface LensOptions {
  readonly policy: IdentityPolicy;
  readonly indexKey: Uint8Array;
  readonly defaultRegion: string;
}

/** How a type's claims look under the policy. */
interface TypeLens {
  readonly rank: number;
  readonly strong: boolean;
  readonly blocked: ReadonlySet<string>;
}

/** Hashing what is blocked, for every type, takes long enough to need a pace. */
export async function createPolicyLens(options: LensOptions, pace: Pace): Promise<PolicyLens> {
  const typeOf = createTypes(options);
  for (const { type } of options.policy.types) {
    typeOf(type);
    if (pace.isDue()) await pace.rest();
  }
  return {
    read(event) {
      const claims = readClaims(event.claims, typeOf);
      if (claims === event.claims) return event;
      if (claims.length === 0) return undefined;
      const { combination: _, ...rest } = event;
      const facet = facetKey(claims);
      return claims.length > 2
        ? { ...rest, claims, facet, combination: combinationKey(claims) }
        : { ...rest, claims, facet };
    },
  };
}

type TypeOf = (type: string) => TypeLens | undefined;

/** The claims as they are where nothing changes, which is nearly always. */
function readClaims(claims: readonly Claim[], typeOf: TypeOf): readonly Claim[] {
  let changed = false;
  let before: Claim | undefined;
  for (const claim of claims) {
    const lens = typeOf(claim.type);
    if (lens === undefined || lens.blocked.has(claim.hash)) changed = true;
    else if (!lens.strong && claim.verified) changed = true;
    else if (before !== undefined && compareClaims(before, claim, typeOf) > 0) changed = true;
    else before = claim;
  }
  if (!changed) return claims;
  const kept: Claim[] = [];
  for (const claim of claims) {
    const lens = typeOf(claim.type);
    if (lens === undefined || lens.blocked.has(claim.hash)) continue;
    kept.push(lens.strong || !claim.verified ? claim : { ...claim, verified: false });
  }
  return kept.sort((a, b) => compareClaims(a, b, typeOf));
}

/** The order in which ingest puts the claims of an event: weakest first. */
function compareClaims(a: Claim, b: Claim, typeOf: TypeOf): number {
  const [x, y] = [typeOf(a.type), typeOf(b.type)];
  if (x === undefined || y === undefined) return 0;
  if (x.strong !== y.strong) return x.strong ? 1 : -1;
  if (a.verified !== b.verified) return a.verified ? 1 : -1;
  if (x.rank !== y.rank) return y.rank - x.rank;
  if (a.type !== b.type) return a.type < b.type ? -1 : 1;
  return a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0;
}

function createTypes({ policy, indexKey, defaultRegion }: LensOptions): TypeOf {
  const ranks = new Map(policy.types.map(({ type }, rank) => [type, rank]));
  const values = blockedValues(policy);
  // Reads blocked values like any others: what is wanted is their hash.
  const nothing = { values: [], repeated_digits_from: Infinity, email_domains: [], phone_prefixes: [] };
  const reader = createIdentifierReader({
    policy: { types: policy.types, blocked: nothing },
    indexKey,
    defaultRegion,
  });
  const known = new Map<string, TypeLens | undefined>();
  const compute = (type: string): TypeLens | undefined => {
    const rank = ranks.get(baseType(type));
    const rule = rank === undefined ? undefined : policy.types[rank];
    if (rank === undefined || rule === undefined) return undefined;
    if (type !== rule.type && rule.issued !== true) return undefined;
    const blocked = new Set<string>();
    for (const value of values) {
      const found = reader.find(type, value);
      if (!('code' in found)) blocked.add(found.hash);
    }
    return { rank, strong: rule.strong, blocked };
  };
  return (type) => {
    if (known.has(type)) return known.get(type);
    // Issuers are free text, so their number is bounded here.
    if (known.size >= limits.simulationTypesKept) known.clear();
    const lens = compute(type);
    known.set(type, lens);
    return lens;
  };
}

/** Longer ones are no phone number and no number of a member. */
const REPEATED_DIGITS_MAX = 20;

/** Blocked values as somebody may have written them; of patterns only those of one digit can be counted up. */
function blockedValues({ blocked }: IdentityPolicy): ReadonlySet<string> {
  const values = new Set<string>();
  for (const value of blocked.values) {
    const lower = value.toLowerCase();
    for (const form of [value, lower, value.toUpperCase(), lower.charAt(0).toUpperCase() + lower.slice(1)])
      values.add(form);
  }
  for (let digit = 0; digit <= 9; digit++) {
    const from = digit === 0 ? 1 : blocked.repeated_digits_from;
    for (let length = from; length <= REPEATED_DIGITS_MAX; length++) values.add(String(digit).repeat(length));
  }
  return values;
}
