import { LRUCache } from 'lru-cache';
import { limits } from '../limits.ts';
import type { IdentityPolicy, SourceRule } from '../model/identity-policy.ts';

/** What a rule means for the events that it fits. */
export interface SourceVerdict {
  /** Ranks of the types that may not identify anyone; undefined where all may. */
  readonly denied: ReadonlySet<number> | undefined;
  /** True where not even a secret key makes verified claims. */
  readonly stated: boolean;
  /** Weak identifiers belong to the place. */
  readonly sharedDevices: boolean;
}

const OPEN: SourceVerdict = Object.freeze({ denied: undefined, stated: false, sharedDevices: false });

/** The first rule that fits decides; pairs of source and channel are few and remembered. */
export function createSourceRules({
  types,
  sources,
}: Pick<IdentityPolicy, 'types' | 'sources'>): (source: string, channel: string) => SourceVerdict {
  if (sources.length === 0) return () => OPEN;
  const rules = sources.map((rule) => ({ fits: compileFit(rule), verdict: verdictOf(rule, types) }));
  // A secret key may name any source, so the number of pairs is bounded here and not by whoever sends.
  const known = new LRUCache<string, SourceVerdict>({ max: limits.sourceRuleCacheEntries });
  return (source, channel) => {
    const pair = `${source}\u0000${channel}`;
    const found = known.get(pair);
    if (found !== undefined) return found;
    const verdict = rules.find(({ fits }) => fits(source, channel))?.verdict ?? OPEN;
    known.set(pair, verdict);
    return verdict;
  };
}

function verdictOf(
  { may_link, never_link, claims, shared_devices }: SourceRule,
  types: IdentityPolicy['types'],
): SourceVerdict {
  const denied = new Set<number>();
  types.forEach(({ type }, rank) => {
    if (may_link?.includes(type) === false || never_link?.includes(type) === true) denied.add(rank);
  });
  return {
    denied: denied.size === 0 ? undefined : denied,
    stated: claims === 'stated',
    sharedDevices: shared_devices === true,
  };
}

function compileFit({ source, channel }: SourceRule): (source: string, channel: string) => boolean {
  const fitsSource = compilePattern(source);
  const fitsChannel = compilePattern(channel);
  return (one, other) => fitsSource(one) && fitsChannel(other);
}

function compilePattern(pattern: string | undefined): (text: string) => boolean {
  if (pattern === undefined) return () => true;
  if (!pattern.endsWith('*')) return (text) => text === pattern;
  const prefix = pattern.slice(0, -1);
  return (text) => text.startsWith(prefix);
}
