import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { Catalog } from '../../src/catalog/catalog.ts';
import { keys } from '../../src/model/keys.ts';
import type { PlacementDefinition } from '../../src/model/placement.ts';
import type { Interaction, InteractionKind, RecommendationPerson } from '../../src/model/recommendation.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';
import { type CompiledPlacement, compilePlacements } from '../../src/recommend/compile-placements.ts';
import { Recommender } from '../../src/recommend/recommender.ts';

/*
 * What the whole of a recommendation costs in process: learning beside a JSON.parse of the event that it comes from, a query
 * for each shipped placement, and how many bytes it holds after so many interactions.
 *
 *   node --expose-gc --import tsx benchmarks/recommendations/blend.ts [--interactions 5000000] [--items 100000] [--write]
 */

const START = Date.UTC(2026, 0, 1);
const STORES = 200;
const QUERIES = 4_000;

const option = (name: string, usual: number): number => {
  const place = process.argv.indexOf(`--${name}`);
  return place < 0 ? usual : Number(process.argv[place + 1]);
};
const interactions = option('interactions', 5_000_000);
const items = option('items', 100_000);

/** Numbers that look random and are the same in every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = numbers(7);
const whole = (below: number): number => Math.floor(random() * below);
/** Few are popular, most are not. */
const popular = (below: number): number => Math.floor(below * random() ** 3);

const categoryOf = (n: number): string => `c${n % 12}/c${n % 48}/c${n % 240}`;
const itemId = (n: number): string => `spu-${n}`;

function buildCatalog(): Catalog {
  const catalog = new Catalog();
  for (let n = 0; n < items; n++) {
    const id = itemId(n);
    const variants = ['S', 'M', 'L'].map((size) => ({ variant_id: `${id}-${size}`, size }));
    catalog.take(keys.catalogItem(id), {
      item_id: id,
      name: `Item ${n}`,
      category: categoryOf(n),
      brand: `brand-${n % 300}`,
      price: 1_000 + ((n * 7_919) % 90_000),
      currency: 'CNY',
      variants,
    });
    for (const { variant_id } of variants.slice(0, 2)) {
      const store = `store-${n % STORES}`;
      const quantity = n % 5;
      catalog.take(keys.stock(store, variant_id), {
        item_id: id,
        variant_id,
        store,
        quantity,
        reserved: 0,
        safety: 0,
        at: START,
      });
    }
  }
  return catalog;
}

const KINDS: readonly InteractionKind[] = [
  'view',
  'view',
  'view',
  'view',
  'view',
  'cart',
  'favorite',
  'try',
  'order',
];

function interactionAt(n: number): Interaction {
  const kind = KINDS[whole(KINDS.length)] ?? 'view';
  const count = kind === 'order' ? 1 + whole(4) : 1;
  const first = popular(items);
  const found = Array.from({ length: count }, (_, place) => (first + place * 240 * whole(20)) % items);
  return {
    profile: `p-${whole(400_000)}`,
    time: START + Math.floor((n / interactions) * 60 * DAY_MS),
    event: `e-${n}`,
    kind,
    channel: 'web',
    ...(n % 3 === 0 ? { store: `store-${whole(STORES)}` } : {}),
    ...(kind === 'order' ? { order: `shop\u0000${n}` } : {}),
    items: [...new Set(found)].map((item) => ({
      item: itemId(item),
      category: categoryOf(item),
      brand: `brand-${item % 300}`,
    })),
  };
}

/** The event as a client sends it. */
function eventText({ profile, time, items: [line], store }: Interaction): string {
  return JSON.stringify({
    id: `e-${time}`,
    type: 'product_viewed',
    time: new Date(time).toISOString(),
    channel: 'web',
    identifiers: { anonymous_id: profile, user_id: `u-${profile}` },
    properties: {
      item_id: line?.item,
      category: line?.category,
      brand: line?.brand,
      price: 399,
      currency: 'CNY',
    },
    context: { store: store ?? 'SH-001', page: { url: 'https://shop.example.com/p/1', title: 'Yoga mat' } },
  });
}

function personAt(n: number, now: number): RecommendationPerson {
  const deeds = ['viewed', 'viewed', 'viewed', 'carted', 'ordered'] as const;
  const known = Array.from({ length: 40 }, (_, place) => {
    const item = popular(items);
    const deed = deeds[whole(deeds.length)] ?? 'viewed';
    const moment = {
      time: now - place * 6 * HOUR_MS,
      tie: `${place}`,
      channel: 'web',
      variant: `${itemId(item)}-L`,
    };
    return { item: itemId(item), category: categoryOf(item), deeds: { [deed]: moment } };
  });
  return {
    profile: `p-${n}`,
    items: known,
    shown: new Map(known.slice(0, 5).map(({ item }) => [item, now - HOUR_MS])),
  };
}

function placements(): ReadonlyMap<string, CompiledPlacement> {
  const folder = resolve(import.meta.dirname, '../../deploy/retail/placements');
  return compilePlacements(
    // They are shipped, and checked by the tests.
    readdirSync(folder).map(
      (file) => parse(readFileSync(resolve(folder, file), 'utf8')) as PlacementDefinition,
    ),
  );
}

function bytesHeld(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0;
}

const catalog = buildCatalog();
const heldBefore = bytesHeld();
const recommender = new Recommender();
/** CPU time, because others use the cores, too. */
let learnUs = 0;
let parseUs = 0;
let parsed = 0;
const CHUNK = 5_000;
for (let done = 0; done < interactions; done += CHUNK) {
  const made = Array.from({ length: Math.min(CHUNK, interactions - done) }, (_, n) =>
    interactionAt(done + n),
  );
  // Texts as they come from events: no ropes of the pieces that they were made of.
  const chunk = JSON.parse(JSON.stringify(made)) as Interaction[];
  const texts = done % (20 * CHUNK) === 0 ? chunk.map(eventText) : [];
  const before = process.cpuUsage();
  for (const interaction of chunk) recommender.learn(interaction);
  learnUs += cpuSince(before) / interactions;
  const parsing = process.cpuUsage();
  for (const text of texts) JSON.parse(text);
  parseUs += cpuSince(parsing);
  parsed += texts.length;
}
parseUs /= parsed;
const held = bytesHeld() - heldBefore;
console.log(`${interactions} interactions over ${items} items: ${JSON.stringify(recommender.size)}`);
console.log(`learn ${learnUs.toFixed(2)} µs, JSON.parse of the event ${parseUs.toFixed(2)} µs`);
console.log(`held ${(held / 2 ** 20).toFixed(0)} MiB`);

const now = START + 60 * DAY_MS + MINUTE_MS;
const results: Record<string, { p50: number; p90: number; p99: number; filled: number }> = {};
for (const [name, placement] of placements()) {
  const took: number[] = [];
  let filled = 0;
  for (let n = 0; n < QUERIES; n++) {
    const query = {
      placement,
      now,
      catalog,
      store: `store-${whole(STORES)}`,
      person: personAt(n, now),
      ...(name === 'item' || name === 'fitting_room' ? { item: itemId(popular(items)) } : {}),
      ...(name === 'cart' ? { cart: [itemId(popular(items)), itemId(popular(items))] } : {}),
    };
    const started = performance.now();
    const { items: found } = recommender.recommend(query);
    took.push((performance.now() - started) * 1_000);
    filled += found.length / placement.limit;
  }
  const warm = took.slice(QUERIES / 4);
  const at = (share: number): number => Number(percentile(warm, share).toFixed(1));
  results[name] = {
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    filled: Number((filled / QUERIES).toFixed(3)),
  };
  console.log(`${name}: ${JSON.stringify(results[name])}`);
}
const snapshotStarted = performance.now();
let snapshotBytes = 0;
let longestUs = 0;
let part = process.cpuUsage();
for (const { byteLength } of recommender.parts()) {
  snapshotBytes += byteLength;
  longestUs = Math.max(longestUs, cpuSince(part));
  part = process.cpuUsage();
}
console.log(
  `snapshot ${(snapshotBytes / 2 ** 20).toFixed(0)} MiB in ${(performance.now() - snapshotStarted).toFixed(0)} ms, its longest part ${(longestUs / 1_000).toFixed(1)} ms of CPU`,
);

if (process.argv.includes('--write'))
  writeFileSync(
    resolve(import.meta.dirname, '../results/recommendation-blend.json'),
    `${JSON.stringify({ interactions, items, learn_us: learnUs, json_parse_us: parseUs, bytes: held, query_us: results }, undefined, 2)}\n`,
  );
