import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NearestSessions } from '../../src/recommend/nearest-sessions.ts';
import { type Interaction, RecentSessions } from '../../src/recommend/recent-sessions.ts';
import {
  DEFAULT_CAPACITY,
  DEFAULT_PARAMETERS,
  type SessionCapacity,
  type SessionParameters,
} from '../../src/recommend/session-parameters.ts';
import { readSessions, sessionParts } from '../../src/recommend/session-snapshot.ts';
import { PartReader } from '../../src/recommend/snapshot-parts.ts';
import { SessionOracle } from './session-oracle.ts';

const START = 1_700_000_000_000;

interface Step {
  readonly key: number;
  readonly item: number;
  readonly weight: number;
  readonly afterMs: number;
}

const steps = fc.array(
  fc.record({
    key: fc.nat(9),
    item: fc.nat(14),
    weight: fc.constantFrom(1, 1, 1, 0.5, 3, 0, 100),
    afterMs: fc.constantFrom(0, 1_000, 60_000, 3_600_000, 200_000_000, -30_000),
  }),
  { minLength: 1, maxLength: 120 },
);
const worlds = fc.record({
  parameters: fc.record({
    sessionsPerItem: fc.constantFrom(1, 2, 4, 8, 256),
    neighbors: fc.constantFrom(1, 3, 10, 500),
    queryItems: fc.integer({ min: 1, max: 5 }),
    queryRarity: fc.constantFrom(0, 0.5, 1) as fc.Arbitrary<0 | 0.5 | 1>,
    voteRarity: fc.constantFrom(0, 0.5, 1) as fc.Arbitrary<0 | 0.5 | 1>,
    current: fc.constantFrom(0, 1, 1.5),
    seen: fc.constantFrom(0.5, 1),
  }),
  capacity: fc.record({
    sessions: fc.constantFrom(4, 8, 64),
    items: fc.constantFrom(3, 6, 100),
    sessionItems: fc.constantFrom(1, 3, 5, 30),
  }),
});

function build({ parameters, capacity }: { parameters: Partial<SessionParameters>; capacity: object }): {
  parameters: SessionParameters;
  capacity: SessionCapacity;
} {
  return {
    parameters: { ...DEFAULT_PARAMETERS, ...parameters },
    capacity: { ...DEFAULT_CAPACITY, postings: 2 ** 12, ...capacity },
  };
}

const writeIndex = (index: RecentSessions): Buffer => Buffer.concat([...sessionParts(index)]);
const readIndex = (bytes: Uint8Array): RecentSessions => readSessions(new PartReader(bytes));

describe('the session index', () => {
  it('gives the lists of brute force, whatever it has to forget', () => {
    fc.assert(
      fc.property(worlds, steps, (world, events) => {
        const { parameters, capacity } = build(world);
        const index = new RecentSessions({ parameters, capacity });
        const nearest = new NearestSessions(index);
        const oracle = new SessionOracle(parameters, capacity);
        const seen = new Map<string, Interaction[]>();
        let now = START;
        for (const { key, item, weight, afterMs } of events) {
          now += afterMs;
          const interaction = { item: `item-${item}`, weight };
          index.add(`k${key}`, interaction, now);
          oracle.add(`k${key}`, interaction, now);
          const items = [...(seen.get(`k${key}`) ?? []), interaction];
          seen.set(`k${key}`, items);
          for (const except of [undefined, `k${key}`]) {
            const query = { items, now, limit: 7, ...(except && { except }) };
            expect(nearest.rank(query)).toEqual(oracle.rank(query));
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('goes on from a snapshot as if nothing had happened', () => {
    fc.assert(
      fc.property(worlds, steps, steps, (world, before, after) => {
        const { parameters, capacity } = build(world);
        const index = new RecentSessions({ parameters, capacity });
        const play = (into: RecentSessions, events: readonly Step[]): void => {
          let now = START;
          for (const { key, item, weight, afterMs } of events) {
            now += afterMs;
            into.add(`k${key}`, { item: `item-${item}`, weight }, now);
          }
        };
        play(index, before);
        const restored = readIndex(writeIndex(index));
        play(index, after);
        play(restored, after);
        expect(restored.sessions).toBe(index.sessions);
        const items = [0, 3, 7, 14].map((item) => ({ item: `item-${item}`, weight: 1 }));
        const query = { items, now: START + 1e9, limit: 20 };
        expect(new NearestSessions(restored).rank(query)).toEqual(new NearestSessions(index).rank(query));
      }),
      { numRuns: 100 },
    );
  });

  it('refuses bytes that are no snapshot, cut ones included', () => {
    const index = new RecentSessions({ capacity: { sessions: 4, items: 4, postings: 64 } });
    index.add('k', { item: 'a', weight: 1 }, START);
    const bytes = writeIndex(index);
    for (let length = 0; length < bytes.length; length++)
      expect(() => readIndex(bytes.subarray(0, length))).toThrow(/no snapshot/);
    expect(() => readIndex(Buffer.from('something else altogether'))).toThrow(/no snapshot/);
  });

  it('keeps what is newest where the pool of lists is used up, and forgets no item over it', () => {
    const index = new RecentSessions({
      capacity: { sessions: 64, items: 16, postings: 16, sessionItems: 4 },
    });
    for (let n = 0; n < 60; n++) index.add(`s${n}`, { item: `i${n % 8}`, weight: 1 }, START + n * 1_000);
    expect(index.items.size).toBe(8);
    expect(index.postings.used).toBeLessThanOrEqual(16);
    const nearest = new NearestSessions(index);
    const [first] = nearest.rank({ items: [{ item: 'i0', weight: 1 }], now: START + 60_000, limit: 1 });
    expect(first?.item).toBe('i0');
  });

  it('answers an empty list where nothing is known', () => {
    const nearest = new NearestSessions(
      new RecentSessions({ capacity: { sessions: 4, items: 4, postings: 64 } }),
    );
    expect(nearest.rank({ items: [], now: START, limit: 20 })).toEqual([]);
    expect(nearest.rank({ items: [{ item: 'a', weight: 1 }], now: START, limit: 20 })).toEqual([]);
  });

  it('refuses a capacity that its numbers could not address', () => {
    expect(() => new RecentSessions({ capacity: { sessions: 3 } })).toThrow(/power of two/);
    expect(() => new RecentSessions({ capacity: { items: 2 ** 24 } })).toThrow(/items/);
    expect(() => new RecentSessions({ parameters: { sessionsPerItem: 100 } })).toThrow(/power of two/);
  });
});
