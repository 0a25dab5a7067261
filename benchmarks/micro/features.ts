import { compileFeatures } from '../../src/features/compile.ts';
import { encodeFacet } from '../../src/features/encode.ts';
import { expandDefinitions } from '../../src/features/expand.ts';
import { readFeature, readFeatures } from '../../src/features/read.ts';
import { addEvent } from '../../src/features/update.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { fromTheStart, retailPack } from '../../test/oracle/definitions.ts';

/**
 * CPU per event of the feature engine alone, with the retail pack, on warm profiles; and of reading and encoding
 * one. Run: npx tsx benchmarks/micro/features.ts; PROFILES=20 leaves everything in the caches of the processor.
 */
const PROFILES = Number(process.env.PROFILES ?? 200);
const EVENTS = 20_000;
const WARM_UP_ROUNDS = 10;
const ROUNDS = 15;
const START = Date.UTC(2026, 0, 1);

const set = compileFeatures(fromTheStart(retailPack()), { reportingCurrency: 'CNY' });

/** Nine views and one cart event in ten; each profile is seen about every seven minutes. */
function eventAt(index: number): Event {
  const time = START + index * 2_000;
  const added = index % 10 === 7;
  const properties = {
    item_id: `item-${(index * 7_919) % 400}`,
    category: `women/tops/${(index * 31) % 12}`,
    brand: `brand-${(index * 17) % 9}`,
    price: 39_900,
  };
  return {
    id: `e-${index}`,
    type: added ? 'product_added' : 'product_viewed',
    time,
    receivedAt: time,
    source: 'web',
    channel: 'web',
    claims: [],
    facet: `f-${index % PROFILES}`,
    currency: 'CNY',
    properties,
  };
}

function cpuMicros(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return used.user + used.system;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(name: string, count: number, work: (round: number) => void): void {
  work(0);
  const rounds = Array.from({ length: ROUNDS }, (_, round) => cpuMicros(() => work(round + 1)) / count);
  console.log(`${name}: ${median(rounds).toFixed(2)} µs CPU (median of ${ROUNDS}, ${count} each)`);
}

const text = JSON.stringify(eventAt(1));
report(`JSON.parse of ${text.length} characters, to compare machines`, EVENTS, () => {
  for (let index = 0; index < EVENTS; index += 1) JSON.parse(text);
});

const facets = Array.from({ length: PROFILES }, (_, index) => emptyFacet(`f-${index}`));
/**
 * Events are made before the clock starts, a few at a time: in the engine they have just been parsed, and a round of
 * 20,000 made beforehand had to be fetched from memory once more, which took a third of all time.
 */
const BATCH = 1_000;
const events: Event[] = [];
let next = 0;

function addBatch(): number {
  for (let index = 0; index < BATCH; index += 1) events[index] = eventAt(next + index);
  next += BATCH;
  return cpuMicros(() => {
    for (let index = 0; index < BATCH; index += 1) {
      const event = events[index]!;
      addEvent(set, facets[index % PROFILES]!, event, event.time);
    }
  });
}

function parseBatch(): number {
  return cpuMicros(() => {
    for (let index = 0; index < BATCH; index += 1) JSON.parse(text);
  });
}

/** In turns with parsing the same event, whose time of the same moments tells a slow machine from slow code. */
const rounds = Array.from({ length: WARM_UP_ROUNDS + ROUNDS }, () => {
  let added = 0;
  let parsed = 0;
  for (let batch = 0; batch < EVENTS / BATCH; batch += 1) {
    added += addBatch();
    parsed += parseBatch();
  }
  return { added, ratio: added / parsed };
}).slice(WARM_UP_ROUNDS);
console.log(
  `addEvent: ${(median(rounds.map(({ added }) => added)) / EVENTS).toFixed(2)} µs CPU, ` +
    `${median(rounds.map(({ ratio }) => ratio)).toFixed(2)} times JSON.parse (median of ${ROUNDS}, ${EVENTS} each)`,
);

const now = START + next * 2_000;
report('encodeFacet', PROFILES * 20, () => {
  for (let index = 0; index < PROFILES * 20; index += 1) encodeFacet(set, facets[index % PROFILES]!);
});
report('readFeatures', PROFILES * 20, () => {
  for (let index = 0; index < PROFILES * 20; index += 1) readFeatures(set, [facets[index % PROFILES]!], now);
});
report('readFeature orders_30d', PROFILES * 100, () => {
  for (let index = 0; index < PROFILES * 100; index += 1) {
    readFeature(set, 'orders_30d', [facets[index % PROFILES]!], now);
  }
});

/** Each aggregate alone, over a window of 30 days and a lifetime, on the same warm profiles and events. */
const ALONE: readonly JsonObject[] = [
  { aggregate: 'count' },
  { aggregate: 'variance', of: 'properties.price' },
  { aggregate: 'standard_deviation', of: 'properties.price', money: true },
  { aggregate: 'decayed_sum', half_life: '7d' },
  { aggregate: 'rate', unit: 'hour' },
  { aggregate: 'quantile', of: 'properties.price' },
  { aggregate: 'histogram', of: 'hour', zone: 'Asia/Shanghai' },
  { aggregate: 'top_k', of: 'properties.item_id' },
  { aggregate: 'distinct', of: 'properties.item_id' },
  { aggregate: 'count', by: 'properties.category' },
  { aggregate: 'sum', of: 'properties.price', money: true, by: 'properties.brand' },
];

for (const aggregate of ALONE) {
  for (const window of ['30d', 'lifetime']) {
    const raw = { name: 'alone', on: ['product_viewed', 'product_added'], window, ...aggregate };
    const alone = compileFeatures(fromTheStart(expandDefinitions([raw])), { reportingCurrency: 'CNY' });
    const own = Array.from({ length: PROFILES }, (_, index) => emptyFacet(`f-${index}`));
    for (let index = 0; index < WARM_UP_ROUNDS * EVENTS; index += 1) {
      const event = eventAt(index);
      addEvent(alone, own[index % PROFILES]!, event, event.time);
    }
    for (let index = 0; index < EVENTS; index += 1) events[index] = eventAt(WARM_UP_ROUNDS * EVENTS + index);
    report(`addEvent, ${Object.values(aggregate).join(' ')} over ${window} alone`, EVENTS, () => {
      for (let index = 0; index < EVENTS; index += 1) {
        const event = events[index]!;
        addEvent(alone, own[index % PROFILES]!, event, event.time);
      }
    });
  }
}
