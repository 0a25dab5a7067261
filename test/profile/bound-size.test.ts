import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { keys } from '../../src/model/keys.ts';
import type { Header } from '../../src/model/profile.ts';
import { DAY_MS, dayOf } from '../../src/model/time.ts';
import { isSizeDue, makeRoom, sizeOf } from '../../src/profile/bound-size.ts';
import { emptyFacet, emptyHeader } from '../../src/profile/facets.ts';
import { eventOf, MapView, recordingContext } from '../support/fold-world.ts';
import { createFusedEngine, type FusedEngine, featuresOf, START_MS } from '../support/fused-engine.ts';

const NOW = 20_000 * DAY_MS;
const event = eventOf('e', ['a1']);

/** Facets of so many bytes each, none of which has live deduplication ids. */
function scene(bytes: readonly number[], now = NOW) {
  const view = new MapView();
  const header = emptyHeader('p', 1, 'person');
  for (const [n, size] of bytes.entries()) {
    const id = `f${n}`;
    header.facets.push(id);
    view.put(keys.facet('p', id), {
      ...emptyFacet(id),
      events: size,
      first: n,
      last: n,
      dedupDays: [dayOf(0)],
    });
  }
  const room = (at = now) =>
    makeRoom(header, recordingContext(view, { seq: 1, now: at }), {
      encode: (facet) => 'x'.repeat(facet.events),
      // What was folded takes what it is of one facet.
      fold: (into, from) => {
        into.events = Math.max(into.events - from.events, from.events);
      },
    });
  return { view, header, room };
}

function due(header: Header | undefined, events: number | undefined, list = 0): boolean {
  const facet = events === undefined ? undefined : { ...emptyFacet('f'), events };
  return isSizeDue(header, {
    facet,
    event: { ...event, properties: { products: new Array(list).fill({}) } },
  });
}

describe('a profile', () => {
  it('is measured now and then: as events and facets add up, and before an event with a long list', () => {
    const { header } = scene([1]);
    expect([due(undefined, undefined), due(header, undefined), due(header, 0), due(header, 31)]).toEqual(
      Array(4).fill(false),
    );
    expect([due(header, 32), due(header, 33), due(header, 64)]).toEqual([true, false, true]);
    expect([due(header, 1, limits.sizedListEntries), due(header, 1, limits.sizedListEntries + 1)]).toEqual([
      false,
      true,
    ]);
    const crowd = scene(Array(limits.sizedEveryFacets).fill(1)).header;
    expect([due(crowd, undefined), due(crowd, 1), due({ ...crowd, kind: 'pseudo' }, undefined)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(due({ ...header, fullAt: 1 }, 1)).toBe(true);
  });

  it('that has room stays as it is', () => {
    const { view, header, room } = scene([1_000, 1_000]);
    const before = JSON.stringify([...view.entries]);
    expect(room()).toBe(true);
    expect([header.fullAt, JSON.stringify([...view.entries])]).toEqual([undefined, before]);
  });

  it('folds its oldest facets where it has none', () => {
    const { header, room } = scene(Array(4).fill(Math.floor(limits.profileBytesMax / 3) - 9));
    expect(room()).toBe(true);
    expect([header.facets, header.fullAt]).toEqual([['f2', 'f3', 'z-p'], undefined]);
  });

  it('is full where folding is not enough, and measured anew an hour later', () => {
    const { view, header, room } = scene([limits.profileBytesMax + 1]);
    expect([room(), header.fullAt]).toEqual([false, NOW]);
    view.put(keys.facet('p', 'z-p'), { ...emptyFacet('z-p'), events: 1 });
    expect([room(NOW + limits.profileFullMs - 1), header.fullAt]).toEqual([false, NOW]);
    expect([room(NOW + limits.profileFullMs), header.fullAt]).toEqual([true, undefined]);
  });
});

describe('the size of what is stored', () => {
  it('is what it takes, or a little more', () => {
    const packr = new Packr({ useRecords: false, variableMapSize: true });
    const scalar = fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true }),
      fc.string({ unit: 'binary' }),
      fc.constant(null),
    );
    const value = fc.array(
      fc.oneof(scalar, fc.array(scalar), fc.boolean(), fc.dictionary(fc.string(), scalar)),
    );
    fc.assert(
      fc.property(value, (stored) => {
        const bytes = packr.pack(stored).byteLength;
        expect(sizeOf(stored)).toBeGreaterThanOrEqual(bytes);
        expect(sizeOf(stored)).toBeLessThanOrEqual(8 + 3 * bytes);
      }),
    );
  });
});

/** An order whose lines name as many and as long things as fit into an event. */
function hugeOrder(n: number): JsonObject {
  const text = (name: string, at: number) => `${name}-${n}-${at}-`.padEnd(190, 'x');
  const products = Array.from({ length: 60 }, (_, at) => ({
    item_id: text('i', at),
    category: text('c', at),
    brand: text('b', at),
    color: text('o', at),
    quantity: 1,
    price: 10,
  }));
  return {
    id: `o-${n}`,
    type: 'order_completed',
    time: new Date(START_MS).toISOString(),
    identifiers: { user_id: 'u-1', anonymous_id: `a-${n % 9}` },
    properties: { order_id: `o-${n}`, total: 500, products },
  };
}

function facetBytes(engine: FusedEngine): number {
  let bytes = 0;
  for (const [key, value] of engine.state())
    if (key.startsWith('f/')) bytes += Buffer.from(value, 'base64').byteLength;
  return bytes;
}

describe('whoever sends ever new things', () => {
  it('fills their own profile and no more; what comes then is kept in quarantine', async () => {
    const engine = await createFusedEngine();
    const codes = new Map<string, number>();
    for (let n = 0; n < 80; n += 10) {
      await engine.send(Array.from({ length: 10 }, (_, at) => hugeOrder(n + at)));
    }
    for (const { outcomes } of engine.committed)
      for (const { outcome } of outcomes) {
        const code = outcome.status === 'quarantined' ? (outcome.code ?? '') : outcome.status;
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    expect(codes.get('profile_full')).toBeGreaterThan(10);
    expect(facetBytes(engine)).toBeGreaterThan(limits.profileBytesMax * 0.9);
    expect(facetBytes(engine)).toBeLessThan(limits.profileBytesMax * 1.1);
    expect(engine.rows()).toContain('"profile_full"');
    await engine.send([{ ...hugeOrder(1), id: 'other', identifiers: { user_id: 'u-2' } }]);
    const [other] = engine.committed.at(-1)?.outcomes ?? [];
    expect(other?.outcome.status).toBe('applied');
    expect((await featuresOf(engine, other?.outcome.profileId ?? '')).orders_lifetime).toBe(1);
  });
});
