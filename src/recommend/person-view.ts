import type { CatalogItem } from '../model/catalog.ts';
import type { ItemDeed, ItemFacts, ItemMoment } from '../model/item-facts.ts';
import type { RecommendationPerson } from '../model/recommendation.ts';
import { DAY_MS, type EpochMs } from '../model/time.ts';
import type { Goods } from './recommendation-query.ts';

/** An item that a person has had to do with, by its id in the catalog. */
export interface KnownItem {
  readonly id: string;
  readonly facts: ItemFacts;
  /** Absent where the catalog does not know it. */
  readonly item: CatalogItem | undefined;
  /** When it was bought, where it was not brought back since. */
  readonly ownedAt: EpochMs | undefined;
  readonly returnedAt: EpochMs | undefined;
  /** What their interest in it counts now; 0 where there is none, or where it was bought since. */
  readonly interest: number;
  /** What that interest is most due to. */
  readonly deed: InterestDeed | undefined;
  /** When they last had to do with it. */
  readonly lastAt: EpochMs;
}

export type InterestDeed = (typeof INTEREST_DEEDS)[number];

/** What each says of the interest in an item, beside a view. */
export const INTEREST_DEEDS = ['carted', 'tried', 'favorited', 'inquired', 'viewed', 'clicked'] as const;
export const INTEREST_WEIGHTS: Readonly<Record<InterestDeed, number>> = {
  carted: 3,
  tried: 2,
  favorited: 2,
  inquired: 2,
  viewed: 1,
  clicked: 0.5,
};

const INTEREST_HALF_LIFE_MS = 7 * DAY_MS;

export interface ViewOptions {
  readonly catalog: Goods;
  readonly now: EpochMs;
  /** What was left in a cart that has been ordered from since counts as an interest, too. */
  readonly remindClosedCarts: boolean;
}

/** What a person has had to do with, each item once by the name that the catalog has for it, newest first. */
export function viewPerson(
  person: RecommendationPerson,
  options: ViewOptions,
): ReadonlyMap<string, KnownItem> {
  const view = new Map<string, KnownItem>();
  const closedAt = options.remindClosedCarts ? Number.NEGATIVE_INFINITY : cartClosedAt(person.items);
  for (const facts of person.items) {
    const { id, item } = findItem(facts.item, options.catalog);
    const known = view.get(id);
    const all = known === undefined ? facts : united(known.facts, facts);
    view.set(id, knownItem({ id, item, facts: all }, options.now, closedAt));
  }
  return view;
}

/**
 * When the newest cart was ordered from: the newest order of something that lay in it before. What else lay in it until then is
 * no reminder any more.
 */
export function cartClosedAt(items: readonly ItemFacts[]): EpochMs {
  let closed = Number.NEGATIVE_INFINITY;
  for (const { deeds } of items) {
    const { carted, ordered } = deeds;
    if (carted !== undefined && ordered !== undefined && carted.time <= ordered.time)
      closed = Math.max(closed, ordered.time);
  }
  return closed;
}

/** An item under any of its names: one that the catalog does not know has its name as id. */
export function findItem(
  name: string,
  catalog: Goods,
): { readonly id: string; readonly item: CatalogItem | undefined } {
  const item = catalog.itemOf(name);
  if (item !== undefined) return { id: name, item };
  const id = catalog.item(name)?.item;
  return id === undefined ? { id: name, item } : { id, item: catalog.itemOf(id) };
}

function knownItem(
  { id, item, facts }: Pick<KnownItem, 'id' | 'item' | 'facts'>,
  now: EpochMs,
  closedAt: EpochMs,
): KnownItem {
  const { ordered, returned } = facts.deeds;
  const isBack = returned !== undefined && (ordered === undefined || returned.time >= ordered.time);
  return {
    id,
    facts,
    item,
    ownedAt: isBack ? undefined : ordered?.time,
    returnedAt: returned?.time,
    ...interestIn(facts, now, closedAt),
  };
}

function interestIn(
  { deeds }: ItemFacts,
  now: EpochMs,
  closedAt: EpochMs,
): Pick<KnownItem, 'interest' | 'deed' | 'lastAt'> {
  const orderedAt = deeds.ordered?.time ?? Number.NEGATIVE_INFINITY;
  const cartVoidAt = Math.max(deeds.uncarted?.time ?? Number.NEGATIVE_INFINITY, closedAt);
  let interest = 0;
  let most = 0;
  let deed: InterestDeed | undefined;
  let lastAt = deeds.ordered?.time ?? 0;
  for (const each of INTEREST_DEEDS) {
    const moment = deeds[each];
    if (moment === undefined) continue;
    lastAt = Math.max(lastAt, moment.time);
    if (moment.time <= orderedAt || (each === 'carted' && moment.time <= cartVoidAt)) continue;
    const worth = INTEREST_WEIGHTS[each] * decayOf(now - moment.time, INTEREST_HALF_LIFE_MS);
    interest += worth;
    if (worth <= most) continue;
    most = worth;
    deed = each;
  }
  return { interest, deed, lastAt };
}

/** 2^(-age / half-life); what lies ahead counts like what is now. */
export function decayOf(ageMs: number, halfLifeMs: number): number {
  return ageMs <= 0 ? 1 : 2 ** (-ageMs / halfLifeMs);
}

/** Both know the item under different names: of each deed the newer one. */
function united(a: ItemFacts, b: ItemFacts): ItemFacts {
  const deeds: Partial<Record<ItemDeed, ItemMoment>> = { ...a.deeds };
  // Own keys of a record by deed are deeds.
  for (const [deed, moment] of Object.entries(b.deeds) as [ItemDeed, ItemMoment][]) {
    const known = deeds[deed];
    const isNewer =
      known === undefined ||
      moment.time > known.time ||
      (moment.time === known.time && moment.tie > known.tie);
    if (isNewer) deeds[deed] = moment;
  }
  return { ...b, ...a, deeds };
}
