import {
  BETWEEN_MOMENTS,
  type ItemDeed,
  type ItemFacts,
  type ItemMoment,
  itemDeeds,
} from '../model/item-facts.ts';
import type { Facet } from '../model/profile.ts';
import { isNewer, itemOf, orderOf } from './item-moments.ts';

/**
 * What a profile remembers of items, those with the newest moment first. Orders that were cancelled were none, and a
 * favorite that was taken off again is none; that is all that is decided here.
 */
export function readItems(facets: readonly Facet[]): readonly ItemFacts[] {
  const items = new Map<string, Map<number, string>>();
  const cancelled = cancelledOrders(facets);
  for (const { items: table } of facets)
    for (const [deed, moments] of table ?? [])
      for (const moment of moments.split(BETWEEN_MOMENTS))
        if (deed !== ORDERED || !cancelled.has(orderOf(moment))) keepNewest(items, deed, moment);
  const found: (readonly [newest: number, facts: ItemFacts])[] = [];
  for (const [item, moments] of items) {
    const facts = factsOf(item, moments);
    if (facts !== undefined) found.push(facts);
  }
  found.sort(([a, { item }], [b, { item: other }]) => b - a || (item < other ? -1 : 1));
  return found.map(([, facts]) => facts);
}

function keepNewest(items: Map<string, Map<number, string>>, deed: number, moment: string): void {
  const item = itemOf(moment);
  const moments = items.get(item);
  if (moments === undefined) {
    items.set(item, new Map([[deed, moment]]));
    return;
  }
  const known = moments.get(deed);
  if (known === undefined || isNewer(moment, known)) moments.set(deed, moment);
}

const CANCELLED = '\0cancelled\0';

/** As moments name them: namespace and number. */
function cancelledOrders(facets: readonly Facet[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { orders } of facets)
    for (const key of orders.keys()) if (key.endsWith(CANCELLED)) found.add(key.slice(0, -CANCELLED.length));
  return found;
}

const ORDERED = itemDeeds.indexOf('ordered');
const FAVORITED = itemDeeds.indexOf('favorited');

function factsOf(
  item: string,
  moments: ReadonlyMap<number, string>,
): readonly [newest: number, facts: ItemFacts] | undefined {
  const deeds: Partial<Record<ItemDeed, ItemMoment>> = {};
  let said: { readonly time: number; readonly category?: string; readonly brand?: string } = { time: 0 };
  let newest = -1;
  for (const [deed, moment] of [...moments].sort(([a], [b]) => a - b)) {
    const lines = moment.split('\n');
    const [, , , , , , , category = '', brand = '', quantity] = lines;
    const name = itemDeeds[deed];
    if (name === undefined || (deed === FAVORITED && quantity === '0')) continue;
    const read = momentIn(lines);
    deeds[name] = read;
    newest = Math.max(newest, read.time);
    if (category + brand !== '' && read.time >= said.time)
      said = { time: read.time, ...textAs('category', category), ...textAs('brand', brand) };
  }
  const { time: _time, ...goods } = said;
  return newest < 0 ? undefined : [newest, { item, deeds, ...goods }];
}

function momentIn(lines: readonly string[]): ItemMoment {
  const [
    ,
    time,
    tie = '',
    channel = '',
    variant = '',
    size = '',
    store = '',
    ,
    ,
    quantity = '',
    ,
    system = '',
  ] = lines;
  return {
    time: Number(time),
    tie,
    channel,
    ...textAs('variant', variant),
    ...textAs('size', size),
    ...textAs('store', store),
    ...(quantity === '' ? {} : { quantity: Number(quantity) }),
    ...textAs('size_system', system),
  };
}

function textAs<Name extends string>(name: Name, value: string): { readonly [Each in Name]?: string } {
  // The one property that the type names.
  return (value === '' ? {} : { [name]: value }) as { readonly [Each in Name]?: string };
}
