import { fileURLToPath } from 'node:url';
import { Definitions } from '../../src/definitions/definitions.ts';
import { loadPack } from '../../src/definitions/definitions-pack.ts';
import type { Event } from '../../src/model/event.ts';
import { EMPTY_POLICY } from '../../src/model/identity-policy.ts';
import { keys } from '../../src/model/keys.ts';
import type { Header } from '../../src/model/profile.ts';
import type { TriggerDefinition, TriggerPattern } from '../../src/model/trigger.ts';
import { createPipeline, type Stage } from '../../src/pipeline/pipeline.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { MapView, recordingContext } from '../../test/support/fold-world.ts';

/**
 * What triggers cost an event: none at all, ten that the event concerns, and a thousand of which it concerns the same ten. The
 * others are of every kind: other event types, features and segments of other events, days of the calendar, the catalog.
 * Worlds take turns in every round, so that the machine's moods are shared; the last line is what is asked of the engine.
 * Run: npx tsx benchmarks/micro/triggers.ts
 */
const TRIGGERS = 1_000;
const PROFILES = 200;
const EVENTS_BEFORE = 20;
const ROUNDS = 41;
const START = Date.UTC(2026, 0, 1);
const EVERY_MS = 5_000;

const pack = loadPack(fileURLToPath(new URL('../../deploy/retail', import.meta.url)), 'CNY');

const ordered = { event: 'order_completed' };
const viewed = { event: 'product_viewed' };

/** Ten that a look at a product concerns: most only remember it, as most of what is watched for does not happen. */
const concerned: readonly TriggerPattern[] = [
  { ...viewed, where: { 'properties.brand': { equals: 'Other' } } },
  { ...viewed, where: { 'properties.price': { gt: 90_000 } } },
  { count: 4, of: viewed, within: '12s', unless: ordered },
  { count: 50, of: viewed, within: '12h' },
  { count: 3, of: viewed, within: '2h', by: 'properties.item_id' },
  { count: 2, of: { ...viewed, where: { 'properties.category': { starts_with: 'men' } } }, within: '1d' },
  { sequence: [viewed, { event: 'product_added', within: '1h' }] },
  { sequence: [{ event: 'products_searched' }, { ...viewed, within: '10m' }] },
  { sequence: [{ event: 'product_added' }, { not: viewed, within: '1d' }] },
  { feature: 'views_lifetime', gte: 1_000_000 },
];

const TRAITS = ['wedding', 'first_child', 'moving_day'] as const;

function elsewhere(n: number): TriggerPattern {
  const event = `thing_${n % 97}_happened`;
  switch (n % 6) {
    case 0:
      return { event };
    case 1:
      return { count: 3, of: { event }, within: '1h', unless: { event: `thing_${n % 89}_ended` } };
    case 2:
      return {
        sequence: [
          { event, key: 'properties.id' },
          { not: { event: 'thing_done' }, within: '30m' },
        ],
      };
    case 3:
      return { feature: 'orders_lifetime', gte: n };
    case 4:
      return { calendar: { date: { trait: TRAITS[n % TRAITS.length] ?? 'wedding' }, days_before: n % 300 } };
    default:
      return { catalog: 'back_in_stock', interest: { event }, key: 'properties.item_id', for: '30d' };
  }
}

function triggersOf(patterns: readonly TriggerPattern[]): readonly TriggerDefinition[] {
  return patterns.map((on, n) => ({ name: `t${n}`, purpose: 'service', on, action: { channel: 'none' } }));
}

function eventAt(profile: number, index: number): Event {
  const time = START + index * EVERY_MS + profile;
  return {
    id: `e-${profile}-${index}`,
    type: 'product_viewed',
    time,
    receivedAt: time,
    source: 'web',
    channel: 'web',
    claims: [],
    facet: `f-${index % 2}`,
    currency: 'CNY',
    properties: {
      item_id: `item-${(index * 7_919) % 400}`,
      category: 'women/tops',
      brand: 'Lumen',
      price: 39_900 + (index % 100),
    },
  };
}

class World {
  readonly view = new MapView();
  readonly #people: Stage;
  readonly #codec;
  #seq = 0;

  constructor(triggers: readonly TriggerDefinition[]) {
    const definitions = new Definitions({ reportingCurrency: 'CNY' });
    this.#people = createPipeline({ space: 'b', dedupKey: '00', definitions }).people;
    this.#codec = createEntryCodec(definitions);
    const { features, sources = [], segments = [] } = pack;
    const record = { kind: 'definitions', author: 'b', features, sources, triggers, segments } as const;
    this.#people.fold({ ...record, identity: EMPTY_POLICY }, this.#context(START - 1));
    for (let index = 0; index < EVENTS_BEFORE; index++)
      for (let profile = 0; profile < PROFILES; profile++) this.fold(profile, index);
  }

  /** As a runner does it: what is needed, the fold, and the header as it is written. */
  fold(profile: number, index: number): void {
    const event = eventAt(profile, index);
    const record = { kind: 'routed', profile: `p${profile}`, event } as const;
    this.#people.needs(record, this.view, event.time);
    this.#people.fold(record, this.#context(event.time));
    const key = keys.header(record.profile);
    this.#codec.encode(key, this.view.get<Header>(key) as Header);
  }

  #context(now: number) {
    return recordingContext(this.view, { seq: ++this.#seq, now });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** CPU-µs per call. */
function cost(calls: number, run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

function main(): void {
  const others = Array.from({ length: TRIGGERS - concerned.length }, (_, n) => elsewhere(n));
  const worlds: Readonly<Record<string, World>> = {
    none: new World([]),
    ten: new World(triggersOf(concerned)),
    thousand: new World(triggersOf([...concerned, ...others])),
  };
  const found: Record<string, number[]> = { none: [], ten: [], thousand: [] };
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const index = EVENTS_BEFORE + round;
    const names = Object.keys(worlds);
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] as string;
      const world = worlds[name] as World;
      const run = (): void => {
        for (let profile = 0; profile < PROFILES; profile++) world.fold(profile, index);
      };
      found[name]?.push(cost(PROFILES, run));
    }
    ratios.push((found.thousand?.at(-1) ?? 0) / (found.ten?.at(-1) ?? 1));
  }
  process.stdout.write(`CPU-µs per event (median of ${ROUNDS} rounds of ${PROFILES} events)\n`);
  for (const [name, micros] of Object.entries(found))
    process.stdout.write(`${name.padEnd(12)}${median(micros).toFixed(2).padStart(9)}\n`);
  process.stdout.write(
    `thousand of which ten concern the event, over ten alone: ${median(ratios).toFixed(3)}\n`,
  );
}

main();
