import fc from 'fast-check';
import { createMemoryKeyStore } from '../../../src/adapters/memory/key-store.ts';
import { Pace } from '../../../src/background/pace.ts';
import { checkIdentityPolicy } from '../../../src/ingest/identity-policy.ts';
import { createKeyring } from '../../../src/ingest/keyring.ts';
import { type Replayed, replayPolicies } from '../../../src/jobs/identity-simulation/replay-policies.ts';
import { createIdentitySimulation, type SimulationOptions } from '../../../src/jobs/identity-simulation.ts';
import type { Event } from '../../../src/model/event.ts';
import { closedFacetId, epochOfFacetId, facetKeyOf } from '../../../src/model/facet-id.ts';
import { historyColumns } from '../../../src/model/history-rows.ts';
import type { Place, Review } from '../../../src/model/identity.ts';
import type { IdentityPolicy } from '../../../src/model/identity-policy.ts';
import { isJsonObject, type JsonObject } from '../../../src/model/json.ts';
import { keys } from '../../../src/model/keys.ts';
import type { IdentityCommand, Position } from '../../../src/model/record.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import { createEntryCodec, decodeRecord, encodeRecord } from '../../../src/runner/codec.ts';
import { createFusedEngine, type FusedEngine, retailPack } from '../../support/fused-engine.ts';
import { eventsOf, poolOf, type SentEvent } from '../../support/identity-events.ts';
import { entriesOf } from '../../support/identity-state.ts';

/** A shop with a past, and what a simulation says about it. */

export const inForce = retailPack.identity;

/** The policy in force with some parts of it exchanged. */
export function policyWith(changes: Partial<IdentityPolicy>): IdentityPolicy {
  return { ...inForce, ...changes };
}

/** The rule of one type exchanged. */
export function typeWith(type: string, changes: Partial<IdentityPolicy['types'][number]>): IdentityPolicy {
  return policyWith({
    types: inForce.types.map((rule) => (rule.type === type ? { ...rule, ...changes } : rule)),
  });
}

/** One request of a client, so long after the one before; the event becomes a sign-in or a sign-out where it says so. */
export interface Step extends SentEvent {
  readonly afterMs: number;
}

/** People who share a tablet and get mixed up, over weeks. */
export function pastOf(people: readonly number[], most: number): fc.Arbitrary<readonly Step[]> {
  const after = fc.constantFrom(0, 1_000, DAY_MS, 8 * DAY_MS, 100 * DAY_MS);
  const session = fc.constantFrom(undefined, undefined, undefined, undefined, 'signed_in', 'signed_out');
  // Some of one person's identifiers turn up with another.
  const mixed = people.slice(1).map((n) => ({ ...poolOf(n), ...poolOf(n - 1), user_id: [`user-${n}0`] }));
  const events = eventsOf([...people.map(poolOf), ...mixed], { most });
  return fc
    .tuple(events, fc.array(fc.tuple(after, session), { minLength: most + 3, maxLength: most + 3 }))
    .map(([sent, turns]) => {
      const types = new Map<unknown, string | undefined>();
      return sent.map(({ as, event }, i) => {
        const [afterMs = 0, drawn] = turns[i] ?? [];
        // A repeat is the same event.
        if (!types.has(event.id)) types.set(event.id, drawn);
        const type = types.get(event.id);
        const { identifiers = {}, time = '', id = '' } = event;
        return { as, afterMs, event: type === undefined ? event : { id, type, time, identifiers } };
      });
    });
}

export async function shopWith(policy: IdentityPolicy, steps: readonly Step[]): Promise<FusedEngine> {
  const engine = await createFusedEngine({ pack: { ...retailPack, identity: policy } });
  await sendAll(engine, steps);
  return engine;
}

export async function sendAll(engine: FusedEngine, steps: readonly Step[]): Promise<void> {
  for (const { as, event, afterMs } of steps) {
    engine.clock.advance(afterMs);
    // Admission seals values in place.
    await engine.send([structuredClone(event)], as);
  }
}

export async function command(engine: FusedEngine, asked: IdentityCommand): Promise<void> {
  await engine.log.append([encodeRecord({ kind: 'command', author: 'operator', command: asked })]);
  await engine.drain();
}

const indexKey = createKeyring({
  master: Buffer.alloc(32, 7),
  keys: createMemoryKeyStore(),
  space: 'test',
  clock: { now: () => 0 },
}).indexKey;

export function optionsOf(engine: FusedEngine, changes: Partial<SimulationOptions> = {}): SimulationOptions {
  return {
    log: engine.log,
    history: { query: () => Promise.reject(new Error('history is not needed')) },
    decode: decodeRecord,
    partition: 0,
    space: 'test',
    indexKey,
    defaultRegion: 'CN',
    definitions: engine.definitions,
    clock: engine.clock,
    readPolicy: (definition) => checkIdentityPolicy(definition),
    reviewed(n) {
      const [bytes] = engine.store.read('p0', [keys.review(n)]);
      // Keys of reviews hold reviews.
      return (
        bytes && (createEntryCodec(engine.definitions).decode(keys.review(n), bytes) as Review).identifiers
      );
    },
    ...changes,
  };
}

export interface SimulationRun {
  readonly changes?: Partial<SimulationOptions>;
  readonly from?: number;
  readonly to?: number;
  readonly signal?: AbortSignal;
  readonly report?: (progress: { done: number; total: number; note: string }) => void;
}

export function simulate(
  engine: FusedEngine,
  policy: IdentityPolicy,
  { changes, from, to, signal, report }: SimulationRun = {},
): Promise<JsonObject> {
  return createIdentitySimulation(optionsOf(engine, changes)).simulate(policy, {
    range: { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) },
    report: report ?? (() => undefined),
    signal: signal ?? new AbortController().signal,
  });
}

/** The replay itself, without the report. */
export function replay(
  engine: FusedEngine,
  simulated: IdentityPolicy,
  changes: Partial<SimulationOptions> = {},
): Promise<Replayed> {
  return replayPolicies({
    ...optionsOf(engine, changes),
    policies: { baseline: inForce, simulated },
    range: { end: engine.log.stats().lastSeq, from: -Infinity, to: Infinity },
    pace: new Pace(engine.clock, new AbortController().signal),
    progress: () => undefined,
  });
}

/** Part of a report that is an object. */
export function partOf(report: JsonObject, name: string): JsonObject {
  const part = report[name];
  return isJsonObject(part) ? part : {};
}

/** Which events have which owner, as sorted groups: the partition, whatever the people are called. */
export function groups(owners: ReadonlyMap<string, string>): readonly string[] {
  const found = new Map<string, string[]>();
  for (const [event, owner] of owners) found.set(owner, [...(found.get(owner) ?? []), event]);
  return [...found.values()].map((events) => events.sort().join()).sort();
}

const FACET = historyColumns.events.indexOf('facet_id');
const SEQ = historyColumns.events.indexOf('seq');
const INDEX = historyColumns.events.indexOf('idx');

/** Owner of each applied event that names somebody, by its place in the log. */
export function liveOwners(engine: FusedEngine): ReadonlyMap<string, string> {
  const places = entriesOf<Place>(engine, 'o/');
  const owners = new Map<string, string>();
  for (const line of engine.rows().split('\n')) {
    if (!line.startsWith('events\t')) continue;
    const values = JSON.parse(line.slice(line.indexOf('\t') + 1)) as readonly string[];
    const facet = values[FACET] ?? '';
    const [id, epoch] = [facetKeyOf(facet), epochOfFacetId(facet)];
    const open = places.get(id);
    const place = open?.epoch === epoch ? open : places.get(closedFacetId({ id, epoch }));
    if (place !== undefined) owners.set(`${values[SEQ]}.${values[INDEX]}`, place.owner);
  }
  return owners;
}

/** The same out of a replay, for the events that were applied: it does not tell repeats. */
export function replayedOwners(
  engine: FusedEngine,
  side: Replayed['baseline'],
  applied: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { event, position } of eventsIn(engine)) {
    const key = `${position.seq}.${position.index}`;
    const facet = side.facetOf(event, position);
    const owner = facet === undefined ? undefined : side.ownerOf(facet);
    if (owner !== undefined && applied.has(key)) owners.set(key, owner);
  }
  return owners;
}

export function* eventsIn(engine: FusedEngine): Generator<{ event: Event; position: Position }> {
  for (const { seq, records } of engine.log.read(0, Number.MAX_SAFE_INTEGER)) {
    for (const [index, bytes] of records.entries()) {
      const { record } = decodeRecord(bytes);
      if (record.kind === 'event') yield { event: record.event, position: { seq, index } };
    }
  }
}
