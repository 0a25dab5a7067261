import { TesseraError } from '../errors.ts';
import { type ItemTable, itemDeeds } from '../model/item-facts.ts';

/** Deed and moments in turn. */
export function encodeItems(items: ItemTable): (number | string)[] {
  const encoded: (number | string)[] = [];
  for (const [deed, moments] of items) encoded.push(deed, moments);
  return encoded;
}

/** What `encodeItems` wrote; throws `data_format` for anything else. */
export function decodeItems(stored: readonly unknown[]): ItemTable {
  const items: ItemTable = [];
  for (let at = 0; at < stored.length; at += 2) {
    const [deed, moments] = [stored[at], stored[at + 1]];
    if (typeof deed !== 'number' || typeof moments !== 'string' || itemDeeds[deed] === undefined)
      throw new TesseraError('data_format', 'a stored facet is malformed: its items are no items');
    items.push([deed, moments]);
  }
  return items;
}
