import { compileFeatures, type FeatureSet } from '../../src/features/compile.ts';
import { expandDefinitions } from '../../src/features/expand.ts';
import { addEvent } from '../../src/features/update.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { fromTheStart } from '../../test/oracle/definitions.ts';

/**
 * What an update costs beside another one, in pairs: a window of 730 days beside one of an hour, and 1,000 definitions
 * of which an event touches ten beside these ten alone. Run: npx tsx benchmarks/micro/feature-ratios.ts
 */
const PROFILES = 100;
const EVENTS = 20_000;
const WARM_UP_ROUNDS = 8;
const ROUNDS = 21;
const START = Date.UTC(2024, 0, 1);

const ASKED: readonly JsonObject[] = [
  { aggregate: 'count' },
  { aggregate: 'sum', of: 'properties.price', money: true },
  { aggregate: 'average', of: 'properties.price' },
  { aggregate: 'maximum', of: 'properties.price' },
  { aggregate: 'last', of: 'properties.item_id' },
  { aggregate: 'list_last_n', of: 'properties.item_id' },
  { aggregate: 'top_k', of: 'properties.category' },
  { aggregate: 'rate', unit: 'hour' },
  { aggregate: 'variance', of: 'properties.price' },
  { aggregate: 'count', by: 'properties.brand' },
];

function eventAt(index: number, stepMs: number): Event {
  const time = START + index * stepMs;
  const properties = {
    item_id: `item-${(index * 7_919) % 400}`,
    category: `women/tops/${(index * 31) % 12}`,
    brand: `brand-${(index * 17) % 9}`,
    price: 39_900 + (index % 100),
  };
  return {
    id: `e-${index}`,
    type: 'product_viewed',
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

function setOf(definitions: readonly JsonObject[]): FeatureSet {
  return compileFeatures(fromTheStart(expandDefinitions(definitions)), { reportingCurrency: 'CNY' });
}

function over(window: string): readonly JsonObject[] {
  return ASKED.map((asked, n) => ({ name: `f${n}`, on: 'product_viewed', window, ...asked }));
}

/** The ten that are touched, among as many that other events are for. */
function amongThousand(window: string): readonly JsonObject[] {
  const others = Array.from({ length: 990 }, (_, n) => ({
    name: `other${n}`,
    on: `custom_${n % 60}`,
    window,
    ...ASKED[n % ASKED.length],
  }));
  return [...over(window), ...others];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

class Side {
  readonly micros: number[] = [];
  readonly #facets = Array.from({ length: PROFILES }, (_, n) => emptyFacet(`f-${n}`));
  readonly #set: FeatureSet;

  constructor(set: FeatureSet) {
    this.#set = set;
  }

  round(events: readonly Event[], counts: boolean): void {
    const before = process.cpuUsage();
    for (const [n, event] of events.entries())
      addEvent(this.#set, this.#facets[n % PROFILES]!, event, event.time);
    const used = process.cpuUsage(before);
    if (counts) this.micros.push((used.user + used.system) / events.length);
  }
}

function pair(name: string, sets: readonly [FeatureSet, FeatureSet], stepMs: number): void {
  const sides = sets.map((set) => new Side(set));
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    const events = Array.from({ length: EVENTS }, (_, n) => eventAt(round * EVENTS + n, stepMs));
    // Whoever comes first meets a colder cache: they take turns.
    const order = round % 2 === 0 ? sides : sides.toReversed();
    for (const side of order) side.round(events, round >= WARM_UP_ROUNDS);
  }
  const [one, other] = sides.map(({ micros }) => micros);
  const ratios = (other ?? []).map((value, n) => value / (one?.[n] ?? Number.NaN)).sort((a, b) => a - b);
  console.log(
    `${name}: ${median(one ?? []).toFixed(2)} µs, ${median(other ?? []).toFixed(2)} µs, ratio ${median(ratios).toFixed(2)}` +
      ` (quartiles ${ratios[Math.floor(ROUNDS / 4)]?.toFixed(2)} to ${ratios[Math.floor((3 * ROUNDS) / 4)]?.toFixed(2)} of ${ROUNDS} pairs)`,
  );
}

const MINUTE = 60_000;
for (const [traffic, stepMs] of [
  ['a person every 7 minutes', (7 * MINUTE) / PROFILES],
  ['a person every 6 hours', (360 * MINUTE) / PROFILES],
] as const) {
  pair(`ten features, 1 h beside 730 d, ${traffic}`, [setOf(over('1h')), setOf(over('730d'))], stepMs);
  pair(
    `ten features alone beside 1,000 defined, ${traffic}`,
    [setOf(over('30d')), setOf(amongThousand('30d'))],
    stepMs,
  );
}
