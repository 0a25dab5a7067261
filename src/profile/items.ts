import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import { hash53 } from '../model/hash.ts';
import { BETWEEN_MOMENTS, type ItemDeed, itemDeeds } from '../model/item-facts.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { Facet } from '../model/profile.ts';
import { type ItemLine, itemLines } from './item-deeds.ts';
import { isNewer, itemOf, orderOf } from './item-moments.ts';

/**
 * What a facet remembers of items: by deed and item, the newest moment. Of each deed the newest ones are kept. Both are
 * maxima, so the order of arrival makes no difference: a moment that was dropped had so many newer ones beside it, and
 * these only get newer. Of orders the newest few of each item are kept, so that one is left where the newest was cancelled. So a merge is a union, and an unmerge takes along what was done under the identifier that leaves.
 */
export function applyItems(facet: Facet, event: Event): void {
  // Nobody did this: it counts for items and stores alone.
  if (event.claims.length === 0) return;
  const lines = itemLines(event);
  if (lines.length === 0) return;
  const tie = hash53(`${event.source}\0${event.id}`) % TIES;
  const store = storeOf(event);
  for (const line of lines) {
    const moment = momentOf(event, line, { tie, store });
    if (moment !== undefined) take(facet, itemDeeds.indexOf(line.deed), moment);
  }
}

/** Two events of one millisecond hardly ever have one tie; where they do, what they say decides. */
const TIES = 2 ** 32;

/** Takes over another facet's moments for good. */
export function uniteItems(into: Facet, from: Facet): void {
  for (const [deed, moments] of from.items ?? [])
    for (const moment of moments.split(BETWEEN_MOMENTS)) take(into, deed, moment);
}

/** As `ItemTable` describes it; undefined where no product is named. */
function momentOf(
  { channel, time, properties }: Event,
  { deed, line, order = '' }: ItemLine,
  { tie, store }: { readonly tie: number; readonly store: string },
): string | undefined {
  const variant = textOf(line.variant_id, limits.catalogIdCharactersMax);
  const item = textOf(line.item_id, limits.catalogIdCharactersMax) || variant;
  if (item === '') return undefined;
  // What somebody buys for another says nothing of their own size.
  const fits = properties.gift !== true;
  const size = fits ? textOf(line.size, limits.itemSizeCharactersMax) : '';
  const system = fits ? textOf(line.size_system, limits.itemSizeCharactersMax) : '';
  const category = textOf(line.category, limits.catalogTextCharactersMax);
  const brand = textOf(line.brand, limits.catalogTextCharactersMax);
  const goods = `${fits ? variant : ''}\n${size}\n${store}\n${category}\n${brand}`;
  const bought = deed === 'ordered' ? order : '';
  const moment = `${item}\n${time}\n${tie}\n${channel}\n${goods}\n${quantityOf(deed, line)}\n${bought}\n${system}`;
  return withoutEnd(moment);
}

const NEW_LINE = 10;

function withoutEnd(moment: string): string {
  let end = moment.length;
  while (moment.charCodeAt(end - 1) === NEW_LINE) end--;
  return end === moment.length ? moment : moment.slice(0, end);
}

function quantityOf(deed: ItemDeed, { quantity, removed }: JsonObject): number | string {
  // The newest word on a wish list: it was taken off again.
  if (deed === 'favorited') return removed === true ? 0 : '';
  const counts = deed === 'carted' || deed === 'ordered' || deed === 'returned';
  return counts && typeof quantity === 'number' && quantity !== 1 ? quantity : '';
}

/** What was sold says where; everything else where it came from. */
function storeOf({ properties, context }: Event): string {
  return storeIn(properties.sold_in) || storeIn(context?.store) || storeIn(properties.store);
}

function storeIn(value: JsonValue | undefined): string {
  return textOf(value, limits.catalogIdCharactersMax);
}

/** Texts that would not fit into a line are left out; names of products and stores have no such characters. */
function textOf(value: JsonValue | undefined, max: number): string {
  if (typeof value !== 'string' || value.length > max) return '';
  return value.includes('\n') || value.includes('\r') ? '' : value;
}

function take(facet: Facet, deed: number, moment: string): void {
  facet.items ??= [];
  const at = facet.items.findIndex(([each]) => each >= deed);
  const row = facet.items[at];
  if (row === undefined || row[0] !== deed)
    facet.items.splice(at < 0 ? facet.items.length : at, 0, [deed, moment]);
  // Nearly every moment is newer than all that are known; orders are few.
  else if (deed !== ORDERED && isNewer(moment, row[1])) row[1] = inFront(row[1], moment);
  else row[1] = atItsPlace(row[1].split(BETWEEN_MOMENTS), deed, moment).join(BETWEEN_MOMENTS);
}

/** The newest moment of all, in place of what was known of its item. */
function inFront(moments: string, moment: string): string {
  const known = startOf(moments, itemOf(moment));
  if (known < 0) return bounded(`${moment}${BETWEEN_MOMENTS}${moments}`);
  const end = moments.indexOf(BETWEEN_MOMENTS, known);
  const before = moments.slice(0, Math.max(0, known - 1));
  const behind = end < 0 ? '' : moments.slice(end + 1);
  return [moment, before, behind].filter((each) => each !== '').join(BETWEEN_MOMENTS);
}

/** Where the item's moment begins, of a deed that has one of each item; -1 where nothing is known of it. */
function startOf(moments: string, item: string): number {
  const line = `${item}\n`;
  return moments.startsWith(line) ? 0 : moments.indexOf(`${BETWEEN_MOMENTS}${line}`) + 1 || -1;
}

/** One moment has one character at least, and what is behind it. */
const SHORTEST = 2;

/** At most one too many. */
function bounded(moments: string): string {
  if (moments.length < SHORTEST * limits.itemsPerDeedMax) return moments;
  let ends = 0;
  for (let at = moments.indexOf(BETWEEN_MOMENTS); at >= 0; at = moments.indexOf(BETWEEN_MOMENTS, at + 1))
    if (++ends === limits.itemsPerDeedMax) return moments.slice(0, at);
  return moments;
}

function atItsPlace(moments: string[], deed: number, moment: string): string[] {
  const known = deed === ORDERED ? orderAt(moments, moment) : knownAt(moments, itemOf(moment));
  if (known >= 0) {
    if (!isNewer(moment, moments[known] ?? '')) return moments;
    moments.splice(known, 1);
  }
  moments.splice(placeOf(moments, moment), 0, moment);
  if (deed === ORDERED) dropOldOrders(moments, itemOf(moment));
  if (moments.length > limits.itemsPerDeedMax) moments.pop();
  return moments;
}

const ORDERED = itemDeeds.indexOf('ordered');

/** The same item of the same order. */
function orderAt(moments: readonly string[], moment: string): number {
  const [item, order] = [itemOf(moment), orderOf(moment)];
  return moments.findIndex((each) => itemOf(each) === item && orderOf(each) === order);
}

/** Beyond the newest few of an item. */
function dropOldOrders(moments: string[], item: string): void {
  let orders = 0;
  for (let at = 0; at < moments.length; at++)
    if (itemOf(moments[at] ?? '') === item && ++orders > limits.itemOrdersMax) moments.splice(at--, 1);
}

function knownAt(moments: readonly string[], item: string): number {
  return moments.findIndex((moment) => itemOf(moment) === item);
}

/** In front of the first one that is older: halves what is left until nothing is. */
function placeOf(moments: readonly string[], moment: string): number {
  let from = 0;
  let to = moments.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (isNewer(moment, moments[middle] ?? '')) to = middle;
    else from = middle + 1;
  }
  return from;
}
