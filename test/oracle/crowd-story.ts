import { createRandom } from '../../benchmarks/support/random.ts';
import type { Event, OrderTransition } from '../../src/model/event.ts';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import type { Happening } from './crowd.ts';

/** Draws whole numbers below a bound: a seed tells the whole story. */
export type Draw = ReturnType<typeof createRandom>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2025, 0, 1);
/** Orders and their echoes stay within the 400 days for which order facts are remembered. */
const SPAN = 330 * DAY;
const RESENT_MOST = 6 * DAY;

export interface Story {
  readonly events: number;
  readonly people: number;
  readonly seed: number;
}

/** Where each facet is at first: two for each person. */
export function homesOf(people: number): ReadonlyMap<string, string> {
  return new Map(Array.from({ length: people * 2 }, (_, n) => [`f-${n}`, `p-${n % people}`]));
}

interface Facet {
  readonly id: string;
  /** Where it has been, oldest first; the last is where it is. */
  readonly places: string[];
}

/**
 * Everything that happens to a crowd, in the order of the log: views, carts, visits and orders of all their transitions,
 * some reported late, some twice, some over a road that is no longer right; facets that are merged, taken apart and closed.
 */
export function* storyOf({ events, people, seed }: Story): Generator<Happening, void, undefined> {
  const draw = createRandom(seed);
  const facets = [...homesOf(people)].map(([id, home]): Facet => ({ id, places: [home] }));
  const recent: { at: number; event: Event; facet: Facet }[] = [];
  let at = START;
  for (let n = 0; n < events; n++) {
    at += draw(2) === 0 ? 0 : draw(Math.ceil((4 * SPAN) / events));
    const again = draw(40) === 0 ? recent[draw(recent.length || 1)] : undefined;
    if (again !== undefined && at - again.at < RESENT_MOST) {
      yield { kind: 'event', at, via: placeOf(again.facet, draw), event: again.event };
      continue;
    }
    if (draw(60) === 0) yield* moves(facets, { at, n, draw });
    const facet = facets[facetFor(facets.length, draw)] as Facet; // Drawn below their number.
    const event = eventOf({ n, at, draw, facet: facet.id, person: facet.places[0] ?? '' });
    recent[n % 500] = { at, event, facet };
    yield { kind: 'event', at, via: placeOf(facet, draw), event };
  }
}

/** A few are busy: a tenth of all events goes to eight facets. */
function facetFor(count: number, draw: Draw): number {
  return draw(10) === 0 ? draw(Math.min(8, count)) : draw(count);
}

function placeOf({ places }: Facet, draw: Draw): string {
  const stale = places.length > 1 && draw(3) === 0 ? places[draw(places.length)] : undefined;
  return stale ?? places.at(-1) ?? '';
}

interface Moment {
  readonly at: number;
  readonly n: number;
  readonly draw: Draw;
}

function* moves(facets: readonly Facet[], { at, n, draw }: Moment): Generator<Happening, void, undefined> {
  const one = facets[draw(facets.length)] as Facet; // Drawn below their number.
  const from = one.places.at(-1) ?? '';
  const reason = (['merge', 'split', 'split', 'epoch'] as const)[draw(4)] ?? 'split';
  if (reason === 'merge') {
    // Small families only, or everybody would soon be one.
    const other = facets[draw(facets.length)] as Facet; // Drawn below their number.
    const to = other.places.at(-1) ?? '';
    const together = facets.filter(({ places }) => [from, to].includes(places.at(-1) ?? ''));
    if (from === to || together.length > 8) return;
    yield { kind: 'move', at, reason, from, to, facets: [] };
    for (const facet of together) if (facet.places.at(-1) === from) facet.places.push(to);
    return;
  }
  const to = `s-${n}`;
  yield { kind: 'move', at, reason, from, to, facets: [one.id] };
  one.places.push(to);
}

interface Told extends Moment {
  readonly facet: string;
  readonly person: string;
}

function eventOf({ n, at, draw, facet, person }: Told): Event {
  const body = bodyOf(person, draw);
  const late = body.order === undefined ? lateness(draw) : Math.min(lateness(draw), 55 * DAY);
  const time = at - late;
  // Ids descend while times may be equal, so that ties are not settled by the order of telling.
  const id = `e${String(9_999_999 - n)}`;
  const source = pick(['web', 'web', 'pos', 'w'], draw);
  const channel = pick(['web', 'store', 'app'], draw);
  const currency = pick(['CNY', 'CNY', 'CNY', 'USD'], draw);
  return { id, time, receivedAt: at, source, channel, claims: [], facet, currency, ...body };
}

/** At once, by minutes, with the nightly file, weeks after, and what a migration brings of years ago. */
function lateness(draw: Draw): number {
  const kind = draw(20);
  if (kind < 11) return 0;
  if (kind < 14) return draw(5 * MINUTE);
  if (kind < 16) return pick([1, MINUTE, HOUR, HOUR + 1, 2 * HOUR, DAY, 7 * DAY, 30 * DAY], draw);
  if (kind < 18) return draw(2 * DAY);
  return kind < 19 ? draw(60 * DAY) : draw(800 * DAY);
}

function pick<T>(values: readonly [T, ...T[]], draw: Draw): T {
  return values[draw(values.length)] ?? values[0];
}

type Body = Pick<Event, 'type' | 'properties'> & Partial<Pick<Event, 'order' | 'context'>>;

function bodyOf(person: string, draw: Draw): Body {
  const kind = draw(13);
  if (kind < 6) return view(draw);
  if (kind < 9) return carting(draw);
  if (kind < 10) return { type: 'store_entered', properties: {}, context: { store: `SH-${draw(3)}` } };
  return ordering(person, draw);
}

function view(draw: Draw): Body {
  const timezone = pick([undefined, undefined, 'Asia/Shanghai', 'America/New_York', 'Nowhere/At_All'], draw);
  return {
    type: 'product_viewed',
    properties: {
      item_id: `i${draw(draw(3) === 0 ? 4_000 : 6)}`,
      price: draw(905) - 5,
      ...maybe('category', () => pick(['women/plus-size/dresses', 'women/tops', 'men', ''], draw), draw),
      ...maybe('brand', () => pick(['Lumen', 'Aster', 'Brook', ' '], draw), draw),
      ...maybe('seconds', () => pick([0.5, 1.25, 3, 0.1, 7.3333, -2], draw), draw),
      ...maybe('tags', () => Array.from({ length: draw(4) }, () => pick(['a', 'b', 'c'], draw)), draw),
    },
    ...(timezone === undefined ? {} : { context: { timezone } }),
  };
}

/** Half of the events say it. */
function maybe(name: string, value: () => JsonValue, draw: Draw): JsonObject {
  return draw(2) === 0 ? { [name]: value() } : {};
}

function line(draw: Draw): JsonObject {
  const named: JsonObject =
    draw(5) === 0 ? { variant_id: pick(['s', 'm'], draw) } : { item_id: `i${draw(6)}` };
  return { ...named, quantity: pick([1, 2, 0.5], draw), category: pick(['c1', 'c2', 'c3'], draw) };
}

function lines(most: number, draw: Draw): JsonObject[] {
  return Array.from({ length: draw(most + 1) }, () => line(draw));
}

function cartId(draw: Draw): JsonObject {
  return draw(2) === 0 ? {} : { cart_id: pick(['k1', 'k2'], draw) };
}

function carting(draw: Draw): Body {
  const type = pick(
    ['product_added', 'product_added', 'product_removed', 'cart_viewed', 'order_placed'],
    draw,
  );
  if (type.startsWith('product_')) return { type, properties: { ...line(draw), ...cartId(draw) } };
  const listed = type === 'order_placed' || draw(2) === 0 ? { products: lines(3, draw) } : {};
  return { type, properties: { ...listed, ...cartId(draw) } };
}

const TYPES: Record<OrderTransition, string> = {
  completed: 'order_completed',
  refunded: 'order_refunded',
  cancelled: 'order_cancelled',
};

function ordering(person: string, draw: Draw): Body {
  const transition = pick<OrderTransition>(
    ['completed', 'completed', 'completed', 'refunded', 'cancelled'],
    draw,
  );
  const back = transition === 'refunded';
  const amount = draw(50_000);
  const kind = pick([undefined, 'return', 'refund_only', 'exchange', 'price_adjustment'], draw);
  const properties: JsonObject = {
    products: lines(3, draw),
    ...cartId(draw),
    ...(kind === undefined ? {} : { kind }),
  };
  const order = {
    namespace: pick(['default', 'default', 'shop'], draw),
    // An order is reported by one person; whoever else comes to that person brings other orders.
    order_id: `o-${person}-${draw(6)}`,
    transition,
    refund_id: back ? pick(['r1', 'r2'], draw) : '',
    ledger: draw(4) !== 0,
    total: back ? -amount : amount + draw(900),
    spend: back ? -amount : amount,
    refund: back ? amount : 0,
    total_only: false,
  };
  return { type: TYPES[transition], properties, order };
}
