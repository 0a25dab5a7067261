import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Definitions } from '../../src/definitions/definitions.ts';
import type { Event } from '../../src/model/event.ts';
import { EMPTY_POLICY } from '../../src/model/identity-policy.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { keys, UNATTRIBUTED } from '../../src/model/keys.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { DAY_MS, dayOf } from '../../src/model/time.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import { emptyHeader } from '../../src/profile/facets.ts';
import { type Kept, naiveFeatures } from '../oracle/naive-features.ts';
import { MoveWorld } from '../profile/move-world.ts';
import { eventOf, MapView, recordingContext } from '../support/fold-world.ts';
import {
  createFusedEngine,
  type FusedEngine,
  featuresOf,
  retailPack,
  START_MS,
} from '../support/fused-engine.ts';
import { createFusedRunner } from '../support/fused-runner.ts';
import { shoppingEvent } from '../support/shopping-events.ts';
import { hesitation } from '../triggers/trigger-world.ts';

/** What two shoppers may be known by. Nothing is shared between them, so the truth is a plain union-find. */
const SHOPPERS: readonly (readonly (readonly [string, string])[])[] = [
  [
    ['anonymous_id', 'a-1'],
    ['anonymous_id', 'a-2'],
    ['device_id', 'd-1'],
    ['phone', '13900001111'],
    ['user_id', 'u-10'],
  ],
  [
    ['anonymous_id', 'b-1'],
    ['device_id', 'd-2'],
    ['member_id', 'm-77'],
    ['phone', '13700002222'],
    ['user_id', 'u-20'],
  ],
];

const identified = fc
  .record({
    event: shoppingEvent,
    shopper: fc.nat(1),
    chosen: fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }),
  })
  .map(({ event, shopper, chosen }): JsonObject => {
    const known = SHOPPERS[shopper] ?? [];
    const identifiers = Object.fromEntries(chosen.map((at) => known[at] ?? ['anonymous_id', 'a-1']));
    const { traits, ...rest } = event as unknown as JsonObject;
    void traits;
    return { ...rest, identifiers };
  });

const traffic = fc.array(
  fc.record({
    events: fc.array(identified, { minLength: 1, maxLength: 10 }),
    pauseMs: fc.oneof(fc.nat(3_600_000), fc.nat(5 * DAY_MS)),
  }),
  { minLength: 1, maxLength: 8 },
);

/** Any shared identifier joins, as the union-find has it: what a policy may refuse is not at stake here. */
const trusting = {
  ...retailPack,
  identity: {
    ...retailPack.identity,
    weak_evidence: { joins_known_people: true, values_per_type: 1_000 },
    reviews: { values_per_type: 1_000 },
  },
};

/** Counts what was sent, knowing nothing of facets: a repeat within seven days of append is none. */
class Books {
  readonly kept: Kept[] = [];
  readonly #seen = new Map<string, number[]>();
  readonly #parent = new Map<string, string>();

  take(event: Event, appendedAt: number): 'applied' | 'duplicate' {
    const names = event.claims.map((claim) => `${claim.type}:${claim.hash}`);
    for (const name of names) this.#parent.set(this.find(name), this.find(names[0] ?? ''));
    const identity = JSON.stringify([event.source, event.id, names[0], names.at(-1)]);
    const before = this.#seen.get(identity) ?? [];
    if (before.some((at) => dayOf(at) >= dayOf(appendedAt) - 7)) return 'duplicate';
    this.#seen.set(identity, [...before, appendedAt]);
    this.kept.push({ facet: event.facet, event, appendedAt });
    return 'applied';
  }

  find(name: string): string {
    const parent = this.#parent.get(name) ?? name;
    return parent === name ? name : this.find(parent);
  }

  /** The person of an event: everybody that shares an identifier, however far. */
  person(event: Event): string {
    const [first] = event.claims;
    return this.find(`${first?.type}:${first?.hash}`);
  }
}

async function sameAsOracle(engine: FusedEngine, books: Books, homes: Map<string, string>): Promise<void> {
  const now = engine.clock.now();
  const people = new Map<string, Kept[]>();
  for (const entry of books.kept) {
    const person = books.person(entry.event);
    people.set(person, [...(people.get(person) ?? []), entry]);
  }
  const profiles = new Set<string>();
  for (const [person, kept] of people) {
    const ids = new Set<string>();
    for (const { facet } of kept) {
      const view = await engine.profiles.byId(homes.get(facet) ?? '', { reveal: true });
      ids.add(view?.profile_id ?? 'nobody');
    }
    expect([...ids], `one profile for ${person}`).toHaveLength(1);
    const [id = ''] = ids;
    profiles.add(id);
    const view = await engine.profiles.byId(id, { reveal: true });
    // Derived ones read no events: test/features/derived has an oracle of their own.
    const stored = engine.definitions.entry.features.filter(
      ({ definition }) => definition.aggregate !== 'derived',
    );
    const features = stored.map(({ definition: { name } }) => [name, view?.features[name]]);
    expect(Object.fromEntries(features)).toEqual(naiveFeatures(stored, kept, { now, currency: 'CNY' }));
  }
  expect(profiles.size).toBe(people.size);
}

describe('the whole way from wire event to profile', () => {
  it('equals an oracle that keeps every event, with late, repeated and shuffled events and merges', async () => {
    await fc.assert(
      fc.asyncProperty(traffic, async (batches) => {
        const engine = await createFusedEngine({ cacheBytes: 3_000, pack: trusting });
        const books = new Books();
        const homes = new Map<string, string>();
        for (const { events, pauseMs } of batches) {
          const { accepted } = await engine.send(events);
          for (const { event, outcome } of accepted) {
            expect(outcome?.status).toBe(books.take(event, engine.clock.now()));
            homes.set(event.facet, outcome?.profileId ?? '');
          }
          await sameAsOracle(engine, books, homes);
          engine.clock.advance(pauseMs);
        }
        await sameAsOracle(engine, books, homes);
        engine.clock.advance(29 * DAY_MS);
        await sameAsOracle(engine, books, homes);
      }),
      { numRuns: 25 },
    );
  });

  it('keeps every count of a person with more facets than a profile may have', async () => {
    const engine = await createFusedEngine();
    const visits = 700;
    let sent = 0;
    while (sent < visits) {
      const events = Array.from({ length: 50 }, () => {
        sent++;
        return {
          id: `v-${sent}`,
          type: 'product_viewed',
          time: new Date(engine.clock.now()).toISOString(),
          identifiers: { user_id: 'u-10', anonymous_id: `cookie-${sent}` },
          properties: { item_id: `spu-${sent % 7}` },
        };
      });
      const { accepted } = await engine.send(events);
      expect(accepted.every(({ outcome }) => outcome?.status === 'applied')).toBe(true);
      engine.clock.advance(2 * DAY_MS);
    }
    const view = await engine.profiles.byIdentifier('user_id', 'u-10', { reveal: true });
    const features = await featuresOf(engine, view?.profile_id ?? '');
    expect(features.views_lifetime).toBe(visits);
    expect(view?.first_seen).toBe(START_MS);
    const facets = engine.store.scan('p0', `f/${view?.profile_id}/`, '', 10_000).length;
    expect(facets).toBeLessThanOrEqual(257);
  });

  it('counts what names nobody once, in the unattributed profile and in history only', async () => {
    const engine = await createFusedEngine();
    const sale = {
      id: 'sale-1',
      type: 'order_completed',
      properties: { order_id: 'o-1', total: '25.00' },
    };
    await engine.send([sale]);
    await engine.send([{ ...sale, id: 'the same order, reported again' }]);
    const view = await engine.profiles.unattributed({ reveal: true });
    expect(view.features.orders_lifetime?.value).toBe(1);
    expect(view.features.spend_lifetime?.value).toBe('25.00');
    expect((await engine.profiles.list('', 10, { reveal: true })).profiles).toEqual([]);
    expect(
      engine
        .rows()
        .split('\n')
        .filter((row) => row.startsWith('events\t')),
    ).toHaveLength(2);
  });

  it('has the retail pack in force from its first record on', async () => {
    const engine = await createFusedEngine();
    await engine.drain();
    expect(engine.definitions.entry.features.map(({ definition }) => definition)).toEqual(
      retailPack.features,
    );
    expect(engine.definitions.entry.features.every(({ origin }) => origin)).toBe(true);
  });
});

describe('the people stage', () => {
  const at = (time: number) => ({ time, facet: 'x' });
  const day = DAY_MS;

  it('tells identity of a profile when it was active again after a week, and not before', () => {
    const world = new MoveWorld();
    const told = (id: string, time: number) => {
      const before = world.told.length;
      world.event('p', eventOf(id, ['a1'], at(time)), 40 * day);
      return world.told.slice(before);
    };
    expect(told('founds it', 10 * day)).toEqual([]);
    expect(world.header('p')?.seenAt).toBe(10 * day);
    expect(told('older', 2 * day)).toEqual([]);
    expect(told('nearly a week younger', 17 * day - 1)).toEqual([]);
    const seen = { type: 'seen', profile: 'p', at: 17 * day };
    expect(told('a week younger', 17 * day)).toEqual([seen]);
    expect(told('a week younger', 17 * day)).toEqual([]);
    expect(told('the same again', 17 * day)).toEqual([]);
    expect(told('younger still', 30 * day)).toEqual([{ ...seen, at: 30 * day }]);
    expect(world.header('p')?.seenAt).toBe(30 * day);
  });

  it('tells nothing of the unattributed profile', () => {
    const world = new MoveWorld();
    for (const n of [1, 20, 40]) world.event(UNATTRIBUTED, eventOf(`e${n}`, [], { time: n * day }));
    expect(world.told).toEqual([]);
  });

  it('takes what a merged profile was told of along, so that nothing is told twice', () => {
    const world = new MoveWorld();
    world.event('p', eventOf('e1', ['a1'], at(10 * day)));
    world.event('q', eventOf('e2', ['a2'], { time: day, facet: 'y' }));
    world.move('merge', 'p', 'q', ['x']);
    world.event('q', eventOf('e3', ['a2'], { time: 16 * day, facet: 'y' }));
    expect(world.told.filter(({ type }) => type === 'seen')).toEqual([]);
  });

  it('leaves commands, confirms and what identity is told to identity', () => {
    const definitions = new Definitions({ reportingCurrency: 'CNY' });
    const { fused, people } = createPipeline({ space: 's', dedupKey: 'k', definitions });
    const records: LogRecord[] = [
      { kind: 'command', author: 'ann', command: { type: 'split', identifier: 'phone:x' } },
      { kind: 'message', from: '', n: 1, body: { type: 'confirm', move: 1, at: 'p' } },
      { kind: 'message', from: '', n: 1, body: { type: 'seen', profile: 'p', at: 1 } },
    ];
    const nothing = Object.assign(new MapView(), { has: () => false });
    const context = recordingContext(new MapView(), { seq: 1, now: 1 });
    for (const record of records) {
      expect(fused.needs(record, nothing, 1), JSON.stringify(record)).not.toEqual([]);
      expect(people.needs(record, nothing, 1)).toEqual([]);
      expect(people.fold(record, context)).toBeUndefined();
    }
    expect(context.sent).toEqual([]);
  });

  it('gives up on an event that two places send to each other, instead of going round for ever', () => {
    const world = new MoveWorld();
    for (const [here, there] of [
      ['p', 'q'],
      ['q', 'p'],
    ] as const)
      world.view.put(keys.header(here), {
        ...emptyHeader(here, 1, 'person'),
        tombstones: new Map([['x', there]]),
      });
    expect(() => world.event('p', eventOf('e1', ['a1'], at(1)))).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });

  it('ranks traits by the policy in force', () => {
    const world = new MoveWorld({
      ...EMPTY_POLICY,
      traits: {
        default: { rule: 'newest' },
        by_name: { city: { rule: 'offline_first' } },
        offline_channels: ['pos'],
      },
    });
    const told = (id: string, channel: string, time: number) =>
      world.event('p', eventOf(id, ['a1'], { ...at(time), channel, traits: { city: id, age: id } }));
    told('till', 'pos', 1);
    told('shop', 'web', 2);
    const traits = [...(world.facet('p', 'x')?.traits ?? [])].map(([name, { value }]) => [name, value]);
    expect(Object.fromEntries(traits)).toEqual({ city: 'till', age: 'shop' });
  });
});

describe('a promotion', () => {
  it('goes to customers and to nobody else, whichever facet said so', async () => {
    const rig = createFusedRunner();
    await rig.define(
      [],
      [{ ...hesitation, on: { count: 1, of: { event: 'product_viewed' }, within: '1h' } }],
    );
    const consent = { marketing: { sms: true } };
    const outcomes = await rig.apply(
      eventOf('e1', ['u1'], { consent }),
      eventOf('e2', ['d1', 'u1'], { kind: { kind: 'staff', by: 'event' }, type: 'page_viewed' }),
      eventOf('e3', ['u1']),
    );
    expect(outcomes.map(({ firings }) => firings.map(({ decision, reason }) => [decision, reason]))).toEqual([
      [['fired', undefined]],
      [],
      [['suppressed', 'kind']],
    ]);
  });
});
