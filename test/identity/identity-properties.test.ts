import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFeatures } from '../../src/features/read.ts';
import { facetKeyOf } from '../../src/model/facet-id.ts';
import type { Person } from '../../src/model/identity.ts';
import type { IdentityPolicy } from '../../src/model/identity-policy.ts';
import type { Facet } from '../../src/model/profile.ts';
import type { IdentityCommand, LogRecord } from '../../src/model/record.ts';
import { readConsents, readRegisters } from '../../src/profile/registers.ts';
import { createFusedEngine, type FusedEngine, START_MS } from '../support/fused-engine.ts';
import { eventsOf, type Pool, poolOf, type SentEvent } from '../support/identity-events.ts';
import { changesOf, describePeople, entriesOf, peopleOf, replayWith } from '../support/identity-state.ts';

/** Failures print the seed; `IDENTITY_RUNS` runs more. */
const RUNS = Number(process.env.IDENTITY_RUNS ?? 40);
const TIMEOUT_MS = Math.max(120_000, RUNS * 2_000);
const MINUTE_MS = 60_000;
const READ_AT_MS = START_MS + 86_400_000;

/** Sends the events in this order; a true at an event begins a new request, and so does another key. */
async function play(events: readonly SentEvent[], cuts: readonly boolean[]): Promise<FusedEngine> {
  const engine = await createFusedEngine({ cacheBytes: 3_000 });
  let request: SentEvent[] = [];
  const flush = async (): Promise<void> => {
    const [first] = request;
    if (first === undefined) return;
    // Admission takes the events over, and the same ones are sent again in other orders.
    await engine.send(
      request.map(({ event }) => structuredClone(event)),
      first.as,
    );
    engine.clock.advance(MINUTE_MS);
    request = [];
  };
  for (const [i, each] of events.entries()) {
    if (cuts[i] === true || request[0]?.as !== each.as) await flush();
    request.push(each);
  }
  await flush();
  return engine;
}

const scene = eventsOf([poolOf(1), poolOf(2), poolOf(3)]).chain((events) =>
  fc.record({
    events: fc.constant(events),
    orders: fc.array(
      fc.record({
        order: fc.shuffledSubarray([...events.keys()], { minLength: events.length }),
        cuts: fc.array(fc.boolean(), { minLength: events.length, maxLength: events.length }),
      }),
      { minLength: 3, maxLength: 3 },
    ),
  }),
);

describe('the same events in any order and any requests', () => {
  it('make the same people with the same features, wherever nothing conflicts', {
    timeout: TIMEOUT_MS,
  }, async () => {
    let compared = 0;
    let conflicting = 0;
    await fc.assert(
      fc.asyncProperty(scene, async ({ events, orders }) => {
        const found = new Set<string>();
        for (const { order, cuts } of orders) {
          const engine = await play(
            order.map((i) => events[i] as SentEvent),
            cuts,
          );
          if (changesOf(engine).length > 0) {
            conflicting++;
            continue;
          }
          compared++;
          engine.clock.set(READ_AT_MS);
          found.add((await describePeople(engine)).join('\n'));
        }
        expect([...found]).toEqual([...found].slice(0, 1));
      }),
      { numRuns: RUNS },
    );
    // A property over conflicts alone would prove nothing.
    expect(compared).toBeGreaterThan(conflicting);
  });
});

function anchorOf(n: number, type: string): SentEvent {
  const identifiers = { [type]: poolOf(n)[type]?.[0] ?? '' };
  return {
    as: 'secret',
    event: {
      id: `e-${n}-named`,
      type: 'profile_identified',
      identifiers,
      time: new Date(START_MS).toISOString(),
    },
  };
}

function privatePool(n: number): Pool {
  return { ...poolOf(n), device_id: [`device-${n}`] };
}

/** After which record: the first two name the people. */
const turn = fc.integer({ min: 2, max: 18 });

/** Two people without anything in common, each named before anything else. */
const couple = fc
  .constantFrom('user_id', 'member_id')
  .chain((type) =>
    fc.record({
      anchors: fc.constant([anchorOf(1, 'user_id'), anchorOf(2, type)]),
      events: eventsOf([privatePool(1), privatePool(2)], { from: 2, most: 20 }),
      cuts: fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
      // Merge, unmerge, merge again, unmerge again: after which records.
      turns: fc.oneof(fc.tuple(turn, turn), fc.tuple(turn, turn, turn, turn)),
      swapped: fc.boolean(),
    }),
  )
  .map(({ anchors, events, cuts, turns, swapped }) => ({
    events: [...anchors, ...events],
    cuts: [true, ...cuts],
    turns: turns.map((after) => Math.min(after, events.length)).sort((a, b) => a - b),
    swapped,
  }));

describe('merging two people and unmerging them again', () => {
  it('changes no byte of any facet and of any deduplication id, whatever came meanwhile', {
    timeout: TIMEOUT_MS,
  }, async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(couple, async ({ events, cuts, turns, swapped }) => {
        const live = await play(events, cuts);
        const untouched = await replayWith(live, (record) => [record]);
        const merged = await replayWith(live, withCommands(turns, swapped));
        const outcomes = merged.committed.flatMap((batch) => batch.outcomes).filter(({ command }) => command);
        expect(outcomes.map(({ outcome }) => outcome.status)).toEqual(turns.map(() => 'applied'));
        const unasked = changesOf(merged).filter(({ change, author }) => author === '' && change !== 'alias');
        if (unasked.length > 0 || changesOf(untouched).length > 0) return;
        compared++;
        expect(bytesByFacet(merged)).toEqual(bytesByFacet(untouched));
        expect(holdings(merged)).toEqual(holdings(untouched));
        for (const engine of [merged, untouched]) engine.clock.set(READ_AT_MS);
        expect(await describePeople(merged)).toEqual(await describePeople(untouched));
      }),
      { numRuns: RUNS },
    );
    // About half of the random scenes have conflicts of their own, and say nothing here.
    expect(compared).toBeGreaterThan(RUNS / 8);
  });
});

/** The records with a command behind some of them: merges and unmerges in turn. */
function withCommands(
  turns: readonly number[],
  swapped: boolean,
): (record: LogRecord, n: number) => readonly LogRecord[] {
  const anchors: string[] = [];
  return (record, n) => {
    // Behind the definitions come the events that name the two.
    if (record.kind === 'event' && anchors.length < 2)
      anchors.push(...record.event.claims.map(({ type, hash }) => `${type}:${hash}`));
    const [one = '', other = ''] = swapped ? [...anchors].reverse() : anchors;
    const due = turns.flatMap((after, i) => (after === n ? [i] : []));
    const commands = due.map((i): IdentityCommand => {
      if (i % 2 === 0) return { type: 'merge', identifiers: [one, other] };
      return { type: 'split', identifier: other, from: one };
    });
    return [record, ...commands.map((command) => ({ kind: 'command', author: 'ann', command }) as const)];
  };
}

/** Facets and deduplication ids as they are stored, without the profile that they lie with. */
function bytesByFacet(engine: FusedEngine): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, bytes] of engine.state()) {
    const [prefix = '', ...path] = key.split('/');
    if (prefix === 'f') found.set(`f/${path[1]}`, bytes);
    if (prefix === 'd') found.set(`d/${path[0]}/${path[2]}`, bytes);
  }
  return found;
}

function holdings(engine: FusedEngine): readonly string[] {
  const held = ({ links, facets }: Person): string =>
    JSON.stringify([links.map(({ key, alias }) => `${key} ${alias}`).sort(), [...facets].sort()]);
  return peopleOf(engine).map(held).sort();
}

/** Two accounts on the devices of one household. */
const household = [1, 2].map(
  (n): Pool => ({ user_id: [`user-${n}0`], device_id: ['tablet'], anonymous_id: ['cookie-a', 'cookie-b'] }),
);

const session = fc.record({
  events: eventsOf(household, { most: 16 }).chain((events) =>
    fc.tuple(
      fc.constant(events),
      fc.array(fc.constantFrom('none', 'in', 'out'), {
        minLength: events.length,
        maxLength: events.length,
      }),
    ),
  ),
  cuts: fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
});

/** A policy under which nothing is ever closed: nobody is known, so that nobody can be told apart. */
function everythingWeak(policy: IdentityPolicy): IdentityPolicy {
  return { ...policy, types: policy.types.map((type) => ({ ...type, strong: false, limit: 1_000 })) };
}

describe('signing in and out', () => {
  it('closes facets, and their sum is what the facets would hold without', {
    timeout: TIMEOUT_MS,
  }, async () => {
    let closings = 0;
    await fc.assert(
      fc.asyncProperty(session, async ({ events: [events, signs], cuts }) => {
        const said = events.map(({ as, event }, i): SentEvent => {
          const sign = signs[i];
          return sign === 'none' ? { as, event } : { as, event: { ...event, type: `signed_${sign}` } };
        });
        const live = await play(said, cuts);
        const whole = await replayWith(live, (record) => [
          record.kind === 'definitions' ? { ...record, identity: everythingWeak(record.identity) } : record,
        ]);
        const facets = facetsByKey(live);
        closings += [...facets.values()].reduce((sum, parts) => sum + parts.length - 1, 0);
        expect([...facetsByKey(whole).values()].filter((parts) => parts.length !== 1)).toEqual([]);
        expect(sums(live)).toEqual(sums(whole));
      }),
      { numRuns: RUNS },
    );
    expect(closings).toBeGreaterThan(RUNS / 2);
  });
});

function facetsByKey(engine: FusedEngine): Map<string, Facet[]> {
  const found = new Map<string, Facet[]>();
  for (const facet of entriesOf<Facet>(engine, 'f/').values()) {
    // The empty one that goes on after a closing holds nothing but the number of closings.
    const key = facetKeyOf(facet.id);
    found.set(key, [...(found.get(key) ?? []), facet]);
  }
  return found;
}

/** What the open and the closed facets of each key say together. */
function sums(engine: FusedEngine): Record<string, unknown> {
  const told = [...facetsByKey(engine)].map(([key, facets]) => [
    key,
    {
      events: facets.reduce((sum, { events }) => sum + events, 0),
      features: readFeatures(engine.definitions.features, facets, READ_AT_MS),
      traits: readRegisters(facets, 'traits').map(({ name, value }) => [name, value]),
      consents: readConsents(facets).map(({ name, value }) => [name, value]),
    },
  ]);
  return Object.fromEntries(told);
}
