import { writeFileSync } from 'node:fs';
import type { Random } from './seeded-random.ts';

/**
 * A little shop whose books are known: lines of NDJSON, and what they must add up to for every person. Some lines
 * name nobody. Returns come from the person who bought, so that sums go down as well.
 */
export interface ShopLine {
  readonly id: string;
  readonly kind: 'view' | 'order' | 'return';
  readonly member?: string;
  readonly visitor?: string;
  /** Cents. */
  readonly cents: number;
}

export interface Books {
  views: number;
  orders: number;
  refunds: number;
  cents: number;
}

/** Who an event belongs to; everything without an identifier is in the books of nobody. */
export const NOBODY = '';

export const SHOP_MAP = `name: shop
source: shop
channel: web
format: { type: ndjson }
time: { column: at, format: rfc3339 }
id: "{id}"
identifiers:
  member_id: "{member}"
  anonymous_id: "{visitor}"
events:
  - type: product_viewed
    when: { kind: { equals: view } }
    properties: { item_id: "{item}" }
  - type: order_completed
    when: { kind: { equals: order } }
    properties: { order_id: "{id}", currency: CNY, total: { column: total, as: decimal } }
  - type: order_refunded
    when: { kind: { equals: return } }
    properties: { order_id: "{id}", refund_id: "{id}", currency: CNY, total: { column: total, as: decimal } }
`;

export interface ShopOptions {
  readonly random: Random;
  readonly count: number;
  /** Begins every id, so that shops do not share events; people they do share. */
  readonly prefix: string;
  readonly people: number;
}

export function inventShop({ random, count, prefix, people }: ShopOptions): readonly ShopLine[] {
  return Array.from({ length: count }, (_, n) => inventLine(`${prefix}-${n}`, people, random));
}

function inventLine(id: string, people: number, random: Random): ShopLine {
  const kind = random.pick<ShopLine['kind']>(['view', 'view', 'view', 'order', 'order', 'return']);
  const who = random.between(0, people - 1);
  const names = random.pick(['member', 'member', 'visitor', 'nobody']);
  return {
    id,
    kind,
    cents: kind === 'view' ? 0 : random.between(1, 99_999),
    ...(names === 'member' ? { member: `m-${who}` } : {}),
    ...(names === 'visitor' ? { visitor: `v-${who}` } : {}),
  };
}

export function ownerOf({ member, visitor }: ShopLine): string {
  return member ?? visitor ?? NOBODY;
}

/** Adds the lines to the books. */
export function keepBooks(books: Map<string, Books>, lines: Iterable<ShopLine>): void {
  for (const line of lines) {
    const own = books.get(ownerOf(line)) ?? { views: 0, orders: 0, refunds: 0, cents: 0 };
    books.set(ownerOf(line), own);
    if (line.kind === 'view') own.views += 1;
    else if (line.kind === 'order') own.orders += 1;
    else own.refunds += 1;
    own.cents += line.kind === 'return' ? -line.cents : line.cents;
  }
}

export function decimal(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

const AT = '2026-11-20T10:00:00Z';

/** As the map reads them. */
export function writeShop(path: string, lines: readonly ShopLine[]): string {
  const rows = lines.map(({ cents, ...line }) =>
    JSON.stringify({ ...line, at: AT, item: `i-${line.id.length}`, total: decimal(cents) }),
  );
  writeFileSync(path, `${rows.join('\n')}\n`);
  return path;
}

/** The same line as a client sends it by itself. */
export function eventOf({ id, kind, member, visitor, cents }: ShopLine): object {
  const order = { order_id: id, currency: 'CNY', total: decimal(cents) };
  return {
    id,
    source: 'shop',
    time: AT,
    type: { view: 'product_viewed', order: 'order_completed', return: 'order_refunded' }[kind],
    identifiers: { ...(member && { member_id: member }), ...(visitor && { anonymous_id: visitor }) },
    properties: { view: { item_id: 'i-0' }, order, return: { ...order, refund_id: id } }[kind],
  };
}
