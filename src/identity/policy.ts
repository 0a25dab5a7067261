import type { IdentifierTypePolicy, IdentityPolicy, KindRules, TraitRule } from '../model/identity-policy.ts';
import type { ProfileKind } from '../model/profile.ts';
import { DAY_MS, type DurationMs } from '../model/time.ts';
import { versionOf } from '../model/version-of.ts';

/** The policy with its look-ups built once. */
export interface CompiledPolicy {
  /** Tells policies apart: what one of them refused another may allow. */
  readonly version: string;
  readonly of: (type: string) => CompiledType;
  /** Whether a weak identifier may join two people who both have verified strong ones. */
  readonly weakJoinsKnown: boolean;
  /** Distinct values of one strong type that weak evidence alone may bring together. */
  readonly weakValuesPerType: number;
  readonly strongPeopleMax: number;
  readonly activeMs: DurationMs;
  readonly reviewValuesPerType: number;
  /** By the conflict rule of the trait: the higher rank wins before the newer value. */
  readonly traitRank: (name: string, source: string, channel: string) => number;
  /** Whether the lists of kinds name the entry under this kind; without an entry, whether they name anybody. */
  readonly isListed: (kind: ProfileKind, entry: string | undefined) => boolean;
}

export interface CompiledType extends Pick<IdentifierTypePolicy, 'type' | 'limit' | 'strong'> {
  /** Values older than this are not counted; Infinity counts all. */
  readonly periodMs: DurationMs;
  /** Place in the policy: 0 is the strongest. */
  readonly rank: number;
  /** One value per person, for ever: two different ones are two people until somebody says otherwise. */
  readonly once: boolean;
}

/** Sections that the schema fills in; a policy given in code may leave them out. */
export type PolicySource = {
  readonly types: readonly Pick<IdentifierTypePolicy, 'type' | 'limit' | 'period' | 'strong'>[];
} & Partial<Omit<IdentityPolicy, 'types'>>;

const PERIOD_MS = Object.freeze({ ever: Infinity, year: 365 * DAY_MS, month: 30 * DAY_MS, week: 7 * DAY_MS });
const TYPES_KEPT = 10_000;

export function compilePolicy(policy: PolicySource): CompiledPolicy {
  return {
    version: versionOf(policy),
    of: compileTypes(policy),
    weakJoinsKnown: policy.weak_evidence?.joins_known_people ?? false,
    weakValuesPerType: policy.weak_evidence?.values_per_type ?? 1,
    strongPeopleMax: policy.shared?.strong_people_max ?? 20,
    activeMs: (policy.recycled?.active_days ?? 90) * DAY_MS,
    reviewValuesPerType: policy.reviews?.values_per_type ?? 3,
    traitRank: compileTraits(policy.traits),
    isListed: compileLists(policy.kinds?.lists ?? {}),
  };
}

function compileTypes({ types }: PolicySource): CompiledPolicy['of'] {
  const known = new Map<string, CompiledType>();
  types.forEach(({ type, limit, strong, period }, rank) => {
    const once = limit === 1 && period === 'ever';
    known.set(type, { type, limit, strong, periodMs: PERIOD_MS[period], rank, once });
  });
  // Types that the policy does not name behave like the weakest cookie.
  const custom = { limit: 100, strong: false, periodMs: Infinity, rank: types.length, once: false };
  return (type) => {
    const exact = known.get(type);
    if (exact !== undefined) return exact;
    // Limits count per issuer, so an issued type gets an entry of its own with the base type's rules.
    const at = type.indexOf('@');
    const base = at < 0 ? undefined : known.get(type.slice(0, at));
    const entry = { ...(base ?? custom), type };
    if (known.size < TYPES_KEPT) known.set(type, entry);
    return entry;
  };
}

function compileLists(lists: KindRules['lists']): CompiledPolicy['isListed'] {
  const listed = new Map(Object.entries(lists).map(([kind, entries]) => [kind, new Set(entries)]));
  return (kind, entry) => {
    const entries = listed.get(kind);
    return entries !== undefined && (entry === undefined ? entries.size > 0 : entries.has(entry));
  };
}

function compileTraits(traits: IdentityPolicy['traits'] | undefined): CompiledPolicy['traitRank'] {
  if (traits === undefined) return () => 0;
  const offline = new Set(traits.offline_channels);
  const compiled = new Map(
    Object.entries(traits.by_name).map(([name, rule]) => [name, compileTrait(rule, offline)]),
  );
  const fallback = compileTrait(traits.default, offline);
  return (name, source, channel) => (compiled.get(name) ?? fallback)(source, channel);
}

function compileTrait(
  rule: TraitRule,
  offline: ReadonlySet<string>,
): (source: string, channel: string) => number {
  switch (rule.rule) {
    case 'newest':
      return () => 0;
    case 'offline_first':
      return (_, channel) => (offline.has(channel) ? 1 : 0);
    case 'online_first':
      return (_, channel) => (offline.has(channel) ? 0 : 1);
    case 'source_priority': {
      const ranks = new Map(rule.sources.map((source, i) => [source, rule.sources.length - i]));
      return (source) => ranks.get(source) ?? 0;
    }
  }
}
