import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { facetKey } from '../../src/ingest/facet-key.ts';
import type { Event } from '../../src/model/event.ts';
import { historyColumns } from '../../src/model/history-rows.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Period } from '../../src/model/local-periods.ts';
import { RESTRICTED } from '../../src/model/restriction.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import { encodeRecord } from '../../src/runner/codec.ts';
import { type Kept, naiveFeatures } from '../oracle/naive-features.ts';
import { dateIn } from '../oracle/naive-local-time.ts';
import { eventOf } from '../support/fold-world.ts';
import { createFusedEngine, type FusedEngine, retailPack } from '../support/fused-engine.ts';
import { shoppingEvents } from '../support/shopping-events.ts';

const ZONE = 'Asia/Shanghai';
const VIEWED = { item_id: 'spu-1' };

type Row = Readonly<Record<string, unknown>>;

function packWith(snapshots: Period | undefined): typeof retailPack {
  const { snapshots: _shipped, ...messaging } = retailPack.messaging ?? { name: 'default' };
  return { ...retailPack, messaging: { ...messaging, ...(snapshots && { snapshots }) } } as typeof retailPack;
}

/** Rows of a table in the order of the log, by the names of their columns. */
function rowsOf(engine: FusedEngine, table: keyof typeof historyColumns): Row[] {
  return engine
    .rows()
    .split('\n')
    .filter((line) => line.startsWith(`${table}\t`))
    .map((line) => {
      const values = JSON.parse(line.slice(table.length + 1)) as unknown[];
      return Object.fromEntries(historyColumns[table].map((name, at) => [name, values[at]]));
    });
}

function momentOf(text: unknown): number {
  return Date.parse(`${String(text).replace(' ', 'T')}Z`);
}

/** `YYYY-MM-DD` on the shop's calendar. */
function dayOf(at: number): string {
  return dateIn(ZONE, at);
}

/** Who had each facet at a moment, by the rows that say so. */
function ownersAt(engine: FusedEngine, at: number): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const row of rowsOf(engine, 'facets'))
    if (momentOf(row.at) < at) owners.set(String(row.facet_id), String(row.profile_id));
  return owners;
}

const traffic = fc.array(
  fc.record({
    events: shoppingEvents,
    hours: fc.integer({ min: 0, max: 60 }),
    ring: fc.boolean(),
    split: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
);

type Traffic = readonly {
  readonly events: readonly Event[];
  readonly hours: number;
  readonly ring: boolean;
  readonly split: boolean;
}[];

interface Played {
  readonly engine: FusedEngine;
  readonly kept: readonly Kept[];
}

/** `rings`: whether alarms are brought in time, or whoever comes next finds what is due. */
async function play(
  batches: Traffic,
  rings: 'each hour' | 'at times',
  pack: typeof retailPack = packWith('daily'),
): Promise<Played> {
  const engine = await createFusedEngine({ pack });
  const kept: Kept[] = [];
  for (const { events, hours, ring, split } of batches) {
    // Admission seals what it is given in place.
    const { accepted } = await engine.send(JSON.parse(JSON.stringify(events)) as JsonObject[]);
    const appendedAt = engine.clock.now();
    for (const { event, outcome } of accepted)
      if (outcome?.status === 'applied') kept.push({ facet: event.facet, event, appendedAt });
    if (split) await splitSomebody(engine);
    for (let hour = 0; hour < hours; hour++) {
      engine.clock.advance(HOUR_MS);
      if (rings === 'each hour') await engine.ring();
    }
    if (ring) await engine.ring();
  }
  // The day ends, and everybody's time to wake comes.
  engine.clock.advance(2 * DAY_MS);
  await engine.ring();
  return { engine, kept };
}

async function splitSomebody(engine: FusedEngine): Promise<void> {
  const index = engine.opening.indexOf('anonymous_id', 'a-1');
  const holder = await engine.profiles.byIdentifier('anonymous_id', 'a-1', { reveal: false });
  if (index === undefined || Object.keys(holder?.identifiers ?? {}).length < 2) return;
  await engine.command({ type: 'split', identifier: `${index.type}:${index.hash}` });
}

/** The same events of people of whom each has one name: who is one with whom is no question then, whose answer goes by ids of records. */
function alone(events: readonly unknown[]): readonly unknown[] {
  return (events as readonly JsonObject[]).map((event) => {
    const [name = 'nobody'] = Object.values(event.identifiers as JsonObject);
    return { ...event, identifiers: { user_id: `of ${String(name)}` } };
  });
}

/** Profile and day of everything that changed by an event or by facets that came or went. */
function changesIn(engine: FusedEngine): Set<string> {
  const changes = new Set<string>();
  const merged = new Map(
    rowsOf(engine, 'merges').map(({ loser, at }) => [String(loser), dayOf(momentOf(at))]),
  );
  const note = (profile: unknown, at: number): void => {
    const day = dayOf(at);
    const until = merged.get(String(profile));
    if (profile !== 'unattributed' && (until === undefined || day < until)) changes.add(`${profile} ${day}`);
  };
  for (const row of rowsOf(engine, 'events')) note(row.profile_id, momentOf(row.applied_at));
  const owners = new Map<string, string>();
  for (const { facet_id, profile_id, change, at } of rowsOf(engine, 'facets')) {
    const before = owners.get(String(facet_id));
    if (change === 'moved') {
      note(profile_id, momentOf(at));
      if (before !== undefined) note(before, momentOf(at));
    }
    owners.set(String(facet_id), String(profile_id));
  }
  return changes;
}

describe('snapshots of profiles', () => {
  it('say once per day of change what the day had come to, over merges and splits, as the oracle has it', async () => {
    let counted = 0;
    await fc.assert(
      fc.asyncProperty(traffic, async (batches) => {
        const { engine, kept } = await play(batches as unknown as Traffic, 'at times');
        const rows = rowsOf(engine, 'profile_snapshots');
        const taken = rows.map(({ profile_id, day }) => `${profile_id} ${day}`);
        expect(new Set(taken).size, 'one per profile and day').toBe(taken.length);
        counted += taken.length;
        expect([...changesIn(engine)].filter((each) => !taken.includes(each))).toEqual([]);
        const stored = engine.definitions.entry.features.filter(
          ({ definition }) => definition.aggregate !== 'derived',
        );
        for (const row of rows) {
          const end = momentOf(row.at);
          expect(dayOf(end - 1)).toBe(row.day);
          expect(dayOf(end)).not.toBe(row.day);
          const owners = ownersAt(engine, end);
          const own = kept.filter(
            ({ facet, appendedAt }) => appendedAt < end && owners.get(facet) === row.profile_id,
          );
          const expected = naiveFeatures(stored, own, { now: end, currency: 'CNY' });
          const features = row.features as Readonly<Record<string, unknown>>;
          for (const [name, { value, currency }] of Object.entries(expected)) {
            const shown = features[name];
            const amount = typeof value === 'string' && currency !== undefined;
            const plain = amount ? Number(value) : value;
            if (plain === null) expect(shown, name).toBeUndefined();
            else if (typeof plain === 'object')
              expect(shown === undefined ? plain : JSON.parse(String(shown)), name).toEqual(
                amountsOf(plain, currency),
              );
            else expect(shown, name).toBe(plain);
          }
        }
      }),
      { numRuns: 10 },
    );
    expect(counted).toBeGreaterThan(20);
  });

  it('say the same whether alarms are brought in time or somebody comes first', async () => {
    await fc.assert(
      fc.asyncProperty(traffic, async (story) => {
        const batches = story.map((batch) => ({ ...batch, split: false, events: alone(batch.events) }));
        // What triggers decide goes by when they are woken, and a coupon that is issued is an event.
        const pack = { ...packWith('daily'), triggers: [] };
        const [prompt, lazy] = await Promise.all([
          play(batches as unknown as Traffic, 'each hour', pack),
          play(batches as unknown as Traffic, 'at times', pack),
        ]);
        // Ids of profiles are those of records, of which there are others.
        const told = ({ engine }: Played): string[] =>
          rowsOf(engine, 'profile_snapshots')
            .map(({ partition, seq, idx, ord, profile_id, ...said }) => JSON.stringify(said))
            .sort();
        expect(told(lazy)).toEqual(told(prompt));
      }),
      { numRuns: 6 },
    );
  });

  it('hold no personal value, and nobody who had processing restricted', async () => {
    const engine = await createFusedEngine({ pack: packWith('daily') });
    const traits = { email: 'ann@example.com', name: '王芳', birthday: '1990-05-17' };
    await engine.send([
      { id: 'a', type: 'profile_identified', identifiers: { user_id: 'u-1', phone: '13900001111' }, traits },
      {
        id: 'b',
        type: 'product_viewed',
        identifiers: { user_id: 'u-2' },
        properties: VIEWED,
        consent: { marketing: { sms: true } },
      },
    ]);
    const restricted = { name: RESTRICTED, on: true, author: 'ann', reason: 'asked for it' };
    const [claim] = (
      await engine.send([
        { id: 'c', type: 'product_viewed', identifiers: { user_id: 'u-3' }, properties: VIEWED },
      ])
    ).accepted.flatMap(({ event }) => event.claims);
    const said = eventOf('r', [], {
      type: 'tag_changed',
      time: engine.clock.now(),
      source: 'operator',
      claims: claim === undefined ? [] : [claim],
      facet: claim === undefined ? '' : facetKey([claim]),
      tag: restricted,
    });
    await engine.log.append([encodeRecord({ kind: 'event', event: said })]);
    engine.clock.advance(2 * DAY_MS);
    await engine.ring();
    const rows = rowsOf(engine, 'profile_snapshots');
    expect(rows).toHaveLength(2);
    for (const secret of ['ann@example.com', '王芳', '1990-05-17', '13900001111', '$sealed'])
      expect(JSON.stringify(rows)).not.toContain(secret);
    expect(rows.map(({ consents }) => consents)).toContainEqual({ 'marketing.sms': true });
  });

  it('come at the end of the week where they are weekly, and not at all where nobody asked for them', async () => {
    const days = async (snapshots: Period | undefined): Promise<unknown[]> => {
      const engine = await createFusedEngine({ pack: packWith(snapshots) });
      // A Saturday evening in Shanghai, then Sunday, then Monday.
      for (const id of ['sat', 'sun', 'mon']) {
        await engine.send([
          { id, type: 'product_viewed', identifiers: { user_id: 'u-1' }, properties: VIEWED },
        ]);
        engine.clock.advance(DAY_MS);
      }
      engine.clock.advance(8 * DAY_MS);
      await engine.ring();
      return rowsOf(engine, 'profile_snapshots').map(({ day, events }) => [day, events]);
    };
    expect(await days(undefined)).toEqual([]);
    expect((await days('daily')).slice(0, 3)).toEqual([
      ['2026-11-21', 1],
      ['2026-11-22', 2],
      ['2026-11-23', 3],
    ]);
    expect((await days('weekly')).slice(0, 2)).toEqual([
      ['2026-11-22', 2],
      ['2026-11-29', 3],
    ]);
  });
});

function amountsOf(value: object, currency: string | undefined): unknown {
  if (currency === undefined || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, amount]) => [key, Number(amount)]));
}
