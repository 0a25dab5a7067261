import { ZONE_TRAIT } from '../conditions/clock.ts';
import type { Event } from '../model/event.ts';
import type { CompiledSegment, FeatureCatalog } from './compile.ts';
import { asksAbout } from './order-segments.ts';

/**
 * Which segments an event may concern: those that read a feature of its type, a trait or a consent that it brings, or ask
 * about such a segment. Lists are in the order of evaluation and made once, so that an event of a type that no segment
 * reads costs one look-up.
 */
export interface SegmentLists {
  /** In the order of evaluation. */
  concernedBy(event: Event): readonly CompiledSegment[];
  /** Whether any segment asks about tags, or about points and tiers. */
  readonly asksTags: boolean;
  readonly asksLoyalty: boolean;
  /** Features that these segments read; of lists that come again, it is known. */
  featuresOf(segments: readonly CompiledSegment[]): readonly string[];
}

const NONE: readonly CompiledSegment[] = Object.freeze([]);

interface Lists {
  readonly byType: Map<string, readonly CompiledSegment[]>;
  readonly byTrait: Map<string, readonly CompiledSegment[]>;
  readonly consents: readonly CompiledSegment[];
  /** Those that read a trait which a consent, or a notice, makes usable. */
  readonly gated: readonly CompiledSegment[];
  readonly tags: readonly CompiledSegment[];
  /** An order concerns whoever counts orders: a cancellation takes back what another type of event brought. */
  readonly orders: readonly CompiledSegment[];
  /** Any event may earn points. */
  readonly loyalty: readonly CompiledSegment[];
}

export function listSegments(all: readonly CompiledSegment[], catalog: FeatureCatalog): SegmentLists {
  const lists = listsOf(all, catalog);
  const places = new Map(all.map((segment, index) => [segment, index]));
  const byPlace = (a: CompiledSegment, b: CompiledSegment): number =>
    (places.get(a) ?? 0) - (places.get(b) ?? 0);
  const features = new WeakMap<readonly CompiledSegment[], readonly string[]>();
  const unite = rememberedUnions(byPlace);
  return {
    asksTags: lists.tags.length > 0,
    asksLoyalty: lists.loyalty.length > 0,
    featuresOf(segments) {
      const known = features.get(segments);
      if (known !== undefined) return known;
      const found = featuresIn(segments);
      features.set(segments, found);
      return found;
    },
    concernedBy(event) {
      const typed = lists.byType.get(event.type) ?? NONE;
      const others = othersOf(event, lists);
      // What names of traits an event brings is up to its sender: such unions are not kept.
      if (event.traits !== undefined) return unionOf([typed, ...others], byPlace);
      let found = typed;
      for (const list of others) found = unite(found, list);
      return found;
    },
  };
}

type Segments = readonly CompiledSegment[];
type Order = (a: CompiledSegment, b: CompiledSegment) => number;

function unionOf(lists: readonly Segments[], order: Order): Segments {
  const [first = NONE, ...others] = lists.filter((list) => list.length > 0);
  return others.length === 0 ? first : [...new Set([first, ...others].flat())].sort(order);
}

/** Unions of two lists, made once: with a loyalty program every event concerns those that ask about points, too. */
function rememberedUnions(order: Order): (a: Segments, b: Segments) => Segments {
  const known = new WeakMap<Segments, WeakMap<Segments, Segments>>();
  return (a, b) => {
    const withA = known.get(a) ?? new WeakMap<Segments, Segments>();
    known.set(a, withA);
    const union = withA.get(b) ?? unionOf([a, b], order);
    withA.set(b, union);
    return union;
  };
}

function featuresIn(segments: readonly CompiledSegment[]): readonly string[] {
  const names = new Set<string>();
  for (const { terms } of segments)
    for (const { kind, name } of terms) if (kind === 'feature') names.add(name);
  return [...names];
}

const NO_LISTS: readonly (readonly CompiledSegment[])[] = Object.freeze([]);

function othersOf(event: Event, lists: Lists): readonly (readonly CompiledSegment[])[] {
  const { traits, consent, order, tag } = event;
  const plain = traits === undefined && consent === undefined && order === undefined && tag === undefined;
  if (plain && lists.loyalty.length === 0) return NO_LISTS;
  const found: (readonly CompiledSegment[])[] = [];
  const take = (list: readonly CompiledSegment[] | undefined): void => {
    if (list !== undefined && list.length > 0) found.push(list);
  };
  take(lists.loyalty);
  if (consent !== undefined) {
    take(lists.consents);
    take(lists.gated);
  }
  if (order !== undefined) take(lists.orders);
  if (tag !== undefined) take(lists.tags);
  for (const name of Object.keys(traits ?? {})) take(lists.byTrait.get(name));
  return found;
}

function listsOf(all: readonly CompiledSegment[], features: FeatureCatalog): Lists {
  const byName = new Map(all.map((segment) => [segment.name, segment]));
  const uses = new Map<CompiledSegment, Uses>();
  // Those that it asks about come before it, so theirs are known.
  for (const segment of all) uses.set(segment, usesOf(segment, { features, uses, byName }));
  const having = (test: (use: Uses) => boolean): readonly CompiledSegment[] =>
    all.filter((segment) => test(uses.get(segment) ?? NO_USES));
  const by = (names: (use: Uses) => ReadonlySet<string>): Map<string, readonly CompiledSegment[]> => {
    const keys = new Set([...uses.values()].flatMap((use) => [...names(use)]));
    return new Map([...keys].map((key) => [key, having((use) => names(use).has(key))]));
  };
  return {
    byType: by(({ types }) => types),
    byTrait: by(({ traits }) => traits),
    consents: having(({ kinds }) => kinds.has('consent')),
    gated: having(({ traits }) =>
      [...traits].some((name) => (features.privacyOf?.('trait', name) ?? '') !== ''),
    ),
    tags: having(({ kinds }) => kinds.has('tag')),
    orders: having(({ types }) => [...types].some((type) => type.startsWith('order_'))),
    loyalty: having(({ kinds }) => kinds.has('loyalty')),
  };
}

interface Uses {
  readonly types: ReadonlySet<string>;
  readonly traits: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

const NO_USES: Uses = { types: new Set(), traits: new Set(), kinds: new Set() };

function usesOf(
  segment: CompiledSegment,
  known: {
    readonly features: FeatureCatalog;
    readonly uses: ReadonlyMap<CompiledSegment, Uses>;
    readonly byName: ReadonlyMap<string, CompiledSegment>;
  },
): Uses {
  const types = new Set<string>();
  const traits = new Set<string>();
  const kinds = new Set<string>();
  // Where the customer's clock stands is a trait.
  if (segment.clockTimes.length > 0) traits.add(ZONE_TRAIT);
  for (const { kind, name } of segment.terms) {
    kinds.add(kind);
    if (kind === 'trait') traits.add(name);
    if (kind !== 'feature') continue;
    const feature = known.features.usesOf(name);
    for (const type of feature.types) types.add(type);
    for (const trait of feature.traits) traits.add(trait);
  }
  for (const other of asksAbout(segment, known.byName)) {
    const theirs = known.uses.get(other) ?? NO_USES;
    for (const type of theirs.types) types.add(type);
    for (const trait of theirs.traits) traits.add(trait);
    for (const kind of theirs.kinds) kinds.add(kind);
  }
  return { types, traits, kinds };
}
