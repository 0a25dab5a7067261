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

/** Everything without an identifier is in the books of nobody. */
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
  /** Begins every event id, so that shops do not share events. */
  readonly prefix: string;
  /** Begins every name; shops of one crowd share their people. */
  readonly crowd: string;
  readonly people: number;
}

export function inventShop(options: ShopOptions): readonly ShopLine[] {
  return Array.from({ length: options.count }, (_, n) => inventLine(`${options.prefix}-${n}`, options));
}

/** One line in about sixty names a visitor and a member at once: from there on the two are one person. */
function inventLine(id: string, { crowd, people, random }: ShopOptions): ShopLine {
  const kind = random.pick<ShopLine['kind']>(['view', 'view', 'view', 'order', 'order', 'return']);
  const who = `${crowd}-${random.between(0, people - 1)}`;
  const names = random.next() < 1 / 60 ? 'both' : random.pick(['member', 'member', 'visitor', 'nobody']);
  return {
    id,
    kind,
    cents: kind === 'view' ? 0 : random.between(1, 99_999),
    ...(names === 'member' || names === 'both' ? { member: `m-${who}` } : {}),
    ...(names === 'visitor' || names === 'both' ? { visitor: `v-${who}` } : {}),
  };
}

/** The books of a shop after these lines, whatever their order: who was ever named together is one person. */
export function keepBooks(lines: readonly ShopLine[]): Map<string, Books> {
  const together = new Map<string, string>();
  for (const { member, visitor } of lines) {
    if (member === undefined || visitor === undefined) continue;
    for (const name of [member, visitor]) together.set(name, personOf(member, visitor));
  }
  const books = new Map<string, Books>();
  for (const line of lines) {
    const name = line.member ?? line.visitor ?? NOBODY;
    const person = together.get(name) ?? name;
    const own = books.get(person) ?? { views: 0, orders: 0, refunds: 0, cents: 0 };
    books.set(person, own);
    if (line.kind === 'view') own.views += 1;
    else if (line.kind === 'order') own.orders += 1;
    else own.refunds += 1;
    own.cents += line.kind === 'return' ? -line.cents : line.cents;
  }
  return books;
}

/** The name in the books of whom these identifiers belong to. */
export function personOf(member: string | undefined, visitor: string | undefined): string {
  return [member, visitor].filter((name) => name !== undefined).join('+');
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
