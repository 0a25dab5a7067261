import { TesseraError } from '../errors.ts';
import { type ItemTable, itemDeeds } from '../model/item-facts.ts';

/** Behind each moment but the last one; no moment holds it. */
const BETWEEN = '\r';

/** Deed and moments in turn, the moments as one text. */
export function encodeItems(items: ItemTable): (number | string)[] {
  return items.flatMap(([deed, moments]) => [deed, moments.join(BETWEEN)]);
}

/** What `encodeItems` wrote; throws `data_format` for anything else. */
export function decodeItems(stored: readonly unknown[]): ItemTable {
  const items: ItemTable = [];
  for (let at = 0; at < stored.length; at += 2) {
    const [deed, text] = [stored[at], stored[at + 1]];
    if (typeof deed !== 'number' || typeof text !== 'string' || itemDeeds[deed] === undefined)
      throw new TesseraError('data_format', 'a stored facet is malformed: its items are no items');
    items.push([deed, text.split(BETWEEN)]);
  }
  return items;
}
