import { NearestSessions } from '../../src/recommend/nearest-sessions.ts';
import { type Interaction, RecentSessions } from '../../src/recommend/recent-sessions.ts';
import { createRandom } from '../support/random.ts';

/**
 * The session index alone: what an interaction costs to add and a question to answer, small (70,000 interactions over 2,933
 * items, the size of rsc15-100k) and large (5 million over 100,000). JSON.parse of an event is the measure of the machine;
 * a question's time is the least of five, because others use the cores too.
 * Run: npx tsx benchmarks/micro/recommend.ts
 */
const WORLDS = [
  { items: 2_933, interactions: 70_000, sessions: 2 ** 15 },
  { items: 100_000, interactions: 5_000_000, sessions: 2 ** 21 },
] as const;
const OPEN = 500;
const CHUNK = 50_000;
const QUESTIONS = 5_000;
const PASSES = 5;
const START = Date.UTC(2026, 0, 1);
const EVERY_MS = 20;

const random = createRandom(11);
const share = (): number => random(1_000_000) / 1_000_000;
/** Few items are looked at much, and a session stays near where it began. */
const popular = (items: number): number => Math.floor(items * share() ** 2.2);
const near = (base: number, items: number): number => (base + Math.floor(share() * share() * 30)) % items;

interface Shopper {
  readonly key: string;
  readonly base: number;
  left: number;
}

const cpuUs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return user + system;
};

function createTraffic(items: number): () => { key: string; item: string } {
  const shoppers: Shopper[] = [];
  let made = 0;
  return () => {
    const place = random(OPEN);
    let shopper = shoppers[place];
    if (shopper === undefined || shopper.left === 0) {
      const key = `01930000-0000-7000-8000-${String(made++).padStart(12, '0')}`;
      shopper = { key, base: popular(items), left: 1 + Math.floor(-4 * Math.log(share() + 1e-9)) };
      shoppers[place] = shopper;
    }
    shopper.left--;
    return { key: shopper.key, item: `item-${share() < 0.7 ? near(shopper.base, items) : popular(items)}` };
  };
}

function fill(index: RecentSessions, { items, interactions }: (typeof WORLDS)[number]): number {
  const next = createTraffic(items);
  let us = 0;
  for (let made = 0; made < interactions; made += CHUNK) {
    const chunk = Array.from({ length: Math.min(CHUNK, interactions - made) }, next);
    const before = process.cpuUsage();
    for (const [n, { key, item }] of chunk.entries())
      index.add(key, { item, weight: 1 }, START + (made + n) * EVERY_MS);
    us += cpuUs(before);
  }
  return us / interactions;
}

function ask(index: RecentSessions, items: number): Float64Array {
  const nearest = new NearestSessions(index);
  const questions = Array.from({ length: QUESTIONS }, () => {
    const base = popular(items);
    return Array.from({ length: 3 }, (): Interaction => ({ item: `item-${near(base, items)}`, weight: 1 }));
  });
  const took = new Float64Array(QUESTIONS).fill(Number.POSITIVE_INFINITY);
  for (let pass = 0; pass < PASSES; pass++) {
    for (const [n, query] of questions.entries()) {
      const before = performance.now();
      nearest.rank({ items: query, now: START, limit: 20 });
      took[n] = Math.min(took[n] ?? 0, (performance.now() - before) * 1_000);
    }
  }
  return took.sort();
}

function parseUs(): { readonly us: number; readonly characters: number } {
  const product = {
    item_id: 'item-2145',
    variant_id: 'item-2145-L',
    name: 'Yoga mat, green',
    category: 'sport/yoga',
  };
  const text = JSON.stringify({
    id: 'e-0123456789',
    type: 'product_viewed',
    time: '2026-01-01T00:00:00.000Z',
    channel: 'web',
    identifiers: [
      { type: 'device', value: 'abcdef0123456789' },
      { type: 'user', value: 'alice@example.com' },
    ],
    properties: { product: { ...product, brand: 'Lotus', price: '39.90', currency: 'EUR' } },
    context: { page: { url: 'https://shop.example/p/2145', referrer: 'https://shop.example/c/yoga' } },
  });
  const rounds = 100_000;
  let read = 0;
  const before = process.cpuUsage();
  // The answer is used, so that parsing cannot be left out.
  for (let n = 0; n < rounds; n++) read += Object.keys(JSON.parse(text) as object).length;
  return { us: cpuUs(before) / rounds, characters: text.length + 0 * read };
}

for (const world of WORLDS) {
  const index = new RecentSessions({
    capacity: { sessions: world.sessions, items: 2 ** 17, postings: world.interactions * 3 },
  });
  const add = fill(index, world);
  const took = ask(index, world.items);
  const { us, characters } = parseUs();
  const at = (part: number): string => (took[Math.floor(part * (QUESTIONS - 1))] ?? 0).toFixed(1);
  process.stdout.write(
    `${world.interactions.toLocaleString('en')} interactions over ${index.items.size} items, ${index.sessions} sessions: ` +
      `add ${add.toFixed(2)} µs, ask p50 ${at(0.5)} µs, p99 ${at(0.99)} µs; ` +
      `JSON.parse of ${characters} characters ${us.toFixed(2)} µs; ` +
      `arrays at most ${(index.bytesMax / 1e6).toFixed(0)} MB, process ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB\n`,
  );
}
