import { fileURLToPath } from 'node:url';
import { Definitions } from '../../src/definitions/definitions.ts';
import { loadPack } from '../../src/definitions/definitions-pack.ts';
import type { Event } from '../../src/model/event.ts';
import type { FoldContext } from '../../src/model/fold.ts';
import { EMPTY_POLICY } from '../../src/model/identity-policy.ts';
import { keys } from '../../src/model/keys.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import type { SegmentDefinition } from '../../src/model/segment.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import { segmentsAfterEvent } from '../../src/pipeline/profile-segments.ts';
import { emptyHeader } from '../../src/profile/facets.ts';
import { MapView, recordingContext } from '../../test/support/fold-world.ts';

/**
 * What segments cost an event: 200 of them, all of which the event concerns, over the shipped features; the retailer's own
 * shipped ones; and what a wake costs. JSON.parse of the same event is the measure of the machine.
 * Run: npx tsx benchmarks/micro/segments.ts
 */
const SEGMENTS = 200;
const PROFILES = 200;
const EVENTS_BEFORE = 30;
const ROUNDS = 15;
const START = Date.UTC(2026, 0, 1);
const EVERY_MS = 3_600_000 * 7;

const pack = loadPack(fileURLToPath(new URL('../../deploy/retail', import.meta.url)), 'CNY');

/** Features that a look at a product changes. */
const READ = [
  'views_1h',
  'views_24h',
  'views_7d',
  'views_30d',
  'views_365d',
  'views_lifetime',
  'items_viewed_30d',
  'engagement',
  'days_since_last_seen',
  'viewed_price',
  'price_band',
  'browse_to_cart_rate_30d',
] as const;

function manySegments(): readonly SegmentDefinition[] {
  return Array.from({ length: SEGMENTS }, (_, n) => {
    const feature = READ[n % READ.length] ?? 'views_1h';
    const other = READ[(n * 5 + 3) % READ.length] ?? 'views_1h';
    const term = { feature, gte: Math.floor(n / READ.length) * 3 };
    const wide = {
      any: [
        { feature: other, lt: n },
        { consent: 'marketing.sms', equals: true },
      ],
    };
    return { name: `s${n}`, kind: 'segment', when: n % 2 === 0 ? term : { all: [term, wide] } };
  });
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
  readonly definitions = new Definitions({ reportingCurrency: 'CNY' });
  readonly #people;
  /** One for all looks: making it costs more than some of what is measured. */
  readonly #looking: { -readonly [Key in keyof FoldContext]: FoldContext[Key] } = recordingContext(
    this.view,
    {
      seq: 1,
      now: 0,
    },
  );
  #seq = 0;

  constructor(segments: readonly SegmentDefinition[]) {
    this.#people = createPipeline({ space: 'b', dedupKey: '00', definitions: this.definitions }).people;
    const { features, sources = [] } = pack;
    const record = { kind: 'definitions', author: 'b', features, sources, triggers: [], segments } as const;
    this.#people.fold({ ...record, identity: EMPTY_POLICY }, this.#context(START - 1));
    for (let index = 0; index < EVENTS_BEFORE; index++)
      for (let profile = 0; profile < PROFILES; profile++) this.fold(profile, index);
  }

  fold(profile: number, index: number): void {
    const event = eventAt(profile, index);
    this.#people.fold({ kind: 'routed', profile: `p${profile}`, event }, this.#context(event.time));
  }

  /** Segments alone, after the event was reduced: looking at them, and when to look again. */
  look(profile: number, event: Event): void {
    const header =
      this.view.get<Header>(keys.header(`p${profile}`)) ?? emptyHeader(`p${profile}`, 0, 'person');
    const facets = header.facets.map((id) => this.view.get<Facet>(keys.facet(header.id, id)) as Facet);
    this.#looking.now = event.time;
    segmentsAfterEvent({ header, facets, definitions: this.definitions }, event, this.#looking);
  }

  /** What is due before the next events, as the engine's alarms bring it: a fold would do it first, and be charged for it. */
  catchUp(index: number): void {
    for (let profile = 0; profile < PROFILES; profile++) {
      const { time } = eventAt(profile, index);
      const alarm = () => this.view.get<Header>(keys.header(`p${profile}`))?.alarmAt;
      for (let at = alarm(); at !== undefined && at <= time; at = alarm())
        this.#people.fold({ kind: 'wake', profile: `p${profile}`, at }, this.#context(at));
    }
  }

  /** Every profile once. */
  wake(at: number): void {
    for (let profile = 0; profile < PROFILES; profile++) {
      const header = this.view.get<Header>(keys.header(`p${profile}`)) as Header;
      const due = Math.max(at, header.alarmAt ?? 0);
      this.#people.fold({ kind: 'wake', profile: header.id, at: header.alarmAt ?? 0 }, this.#context(due));
    }
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
  const worlds = {
    none: new World([]),
    shipped: new World(pack.segments ?? []),
    many: new World(manySegments()),
  };
  const text = JSON.stringify(eventAt(0, 0));
  const found: Record<string, number[]> = {};
  const note = (name: string, micros: number): void => {
    found[name] ??= [];
    found[name].push(micros);
  };
  for (let round = 0; round < ROUNDS; round++) {
    const index = EVENTS_BEFORE + round;
    note(
      'JSON.parse of the event',
      cost(20_000, () => {
        for (let n = 0; n < 20_000; n++) JSON.parse(text);
      }),
    );
    for (const [name, world] of Object.entries(worlds)) {
      world.catchUp(index);
      note(
        `fold, ${name}`,
        cost(PROFILES, () => {
          for (let profile = 0; profile < PROFILES; profile++) world.fold(profile, index);
        }),
      );
      if (name === 'none') continue;
      const events = Array.from({ length: PROFILES }, (_, profile) => eventAt(profile, index));
      note(
        `segments alone, ${name}`,
        cost(PROFILES * 5, () => {
          for (let n = 0; n < PROFILES * 5; n++) world.look(n % PROFILES, events[n % PROFILES] as Event);
        }),
      );
    }
  }
  for (const [name, world] of Object.entries(worlds))
    if (name !== 'none')
      note(
        `wake, ${name}`,
        cost(PROFILES, () => world.wake(START + EVERY_MS * 60)),
      );
  const unit = median(found['JSON.parse of the event'] ?? []);
  process.stdout.write(
    `CPU-µs (median of ${ROUNDS} rounds), and as multiples of JSON.parse of ${text.length} characters\n`,
  );
  for (const [name, micros] of Object.entries(found))
    process.stdout.write(
      `${name.padEnd(28)}${median(micros).toFixed(2).padStart(9)}${(median(micros) / unit).toFixed(1).padStart(8)}×\n`,
    );
}

main();
