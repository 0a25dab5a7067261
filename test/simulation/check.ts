import { createMemoryLog } from '../../src/adapters/memory/log.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { createEntryCodec } from '../../src/codec.ts';
import { Definitions } from '../../src/definitions.ts';
import { readFeatures } from '../../src/features/read.ts';
import { facetKeyOf, historyFacetId } from '../../src/model/facet-id.ts';
import type { MoveQueue, Place } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { DedupDay, Facet, Header } from '../../src/model/profile.ts';
import { unpackSpool } from '../../src/model/spool-entry.ts';
import { Gate } from './gate.ts';
import { IDENTITY, makeRunner, PARTITIONS, PEOPLE, partitionOf, type World } from './world.ts';

/** What must hold once everything is quiet: the laws, computed from the list of acknowledged events alone. */
export async function violations(world: World): Promise<string[]> {
  return [
    ...world.failures.map((failure) => `failure ${String(failure)}`),
    ...exactlyOnce(world),
    ...historyOnce(world),
    ...places(world),
    ...(await replays(world)),
  ];
}

function definitionsOf(world: World, partition: string): Definitions {
  const definitions = new Definitions({ reportingCurrency: 'CNY' });
  const [bytes] = world.store.read(partition, [keys.definitions]);
  if (bytes === undefined) return definitions;
  const entry = createEntryCodec(definitions).decode(keys.definitions, bytes);
  definitions.adopt({
    get: () => entry as never,
    has: () => true,
    put: () => undefined,
    absent: () => undefined,
    remove: () => undefined,
  });
  return definitions;
}

interface Held {
  readonly profile: string;
  readonly facet: Facet;
}

function facetsHeld(world: World): Held[] {
  const held: Held[] = [];
  for (const partition of PEOPLE) {
    const codec = createEntryCodec(definitionsOf(world, partition));
    for (const [key, bytes] of world.store.scan(partition, 'f/', '', 100_000)) {
      const [, profile = ''] = key.split('/');
      held.push({ profile, facet: codec.decode(key, bytes) as Facet });
    }
  }
  return held;
}

function exactlyOnce(world: World): string[] {
  const bad: string[] = [];
  const expected = new Map<string, number>();
  for (const event of world.acked.values()) expected.set(event.facet, (expected.get(event.facet) ?? 0) + 1);
  const seen = new Map<string, string>();
  // What is closed and what goes on under the same key add up.
  const counted = new Map<string, number>();
  for (const { profile, facet } of facetsHeld(world)) {
    const other = seen.get(facet.id);
    if (other !== undefined) bad.push(`facet ${facet.id} is in ${other} and in ${profile}`);
    seen.set(facet.id, profile);
    const key = facetKeyOf(facet.id);
    counted.set(key, (counted.get(key) ?? 0) + facet.events);
    const views = readFeatures(definitionsOf(world, partitionOf(profile)).features, [facet], 0).views?.value;
    if (views !== facet.events)
      bad.push(`facet ${facet.id}: feature views ${String(views)}, events ${facet.events}`);
  }
  for (const [key, events] of expected) {
    if ((counted.get(key) ?? 0) !== events)
      bad.push(`facets of ${key} count ${counted.get(key) ?? 0}, acknowledged ${events}`);
  }
  let ids = 0;
  for (const partition of PEOPLE) {
    const codec = createEntryCodec(definitionsOf(world, partition));
    for (const [key, bytes] of world.store.scan(partition, 'd/', '', 100_000)) {
      ids += (codec.decode(key, bytes) as DedupDay).ids.size;
    }
  }
  if (ids !== world.acked.size)
    bad.push(`${ids} deduplication ids for ${world.acked.size} acknowledged events`);
  return bad;
}

/** The spools of the people stage hold exactly one row per acknowledged event. */
function historyOnce(world: World): string[] {
  const rows = new Map<string, number>();
  const byFacet = new Map<string, number>();
  for (const partition of PEOPLE) {
    for (const entry of world.store.readSpool(partition, 0, Number.MAX_SAFE_INTEGER)) {
      for (const { table, line } of unpackSpool(entry.bytes)) {
        if (table !== 'events') continue;
        const values = JSON.parse(line) as unknown[];
        const facet = String(values[12]);
        const key = `${facetKeyOf(facet)} ${String(values[4])}`;
        rows.set(key, (rows.get(key) ?? 0) + 1);
        byFacet.set(facet, (byFacet.get(facet) ?? 0) + 1);
      }
    }
  }
  const bad: string[] = [];
  for (const key of world.acked.keys())
    if (rows.get(key) !== 1) bad.push(`history has ${rows.get(key) ?? 0} rows of ${key}`);
  // History names the closed and the open part as state does, so that its rows follow each to its owner.
  for (const { facet } of facetsHeld(world)) {
    const named = byFacet.get(historyFacetId(facet)) ?? 0;
    if (named !== facet.events) bad.push(`history has ${named} events of ${facet.id}, state ${facet.events}`);
  }
  if (rows.size !== world.acked.size)
    bad.push(`history has ${rows.size} events, acknowledged ${world.acked.size}`);
  return bad;
}

/** Identity and people agree on where every facet is, and no move is left half-way. */
function places(world: World): string[] {
  const bad: string[] = [];
  const codec = createEntryCodec(new Definitions({ reportingCurrency: 'CNY' }));
  const held = new Map(facetsHeld(world).map(({ profile, facet }) => [facet.id, profile]));
  for (const [key, bytes] of world.store.scan(IDENTITY, 'o/', '', 100_000)) {
    const place = codec.decode(key, bytes) as Place;
    const facet = key.slice(2);
    if (place.owner !== place.location)
      bad.push(`facet ${facet}: owner ${place.owner}, location ${place.location}`);
    const at = held.get(facet);
    if (at !== undefined && at !== place.location)
      bad.push(`facet ${facet} is at ${at}, identity says ${place.location}`);
  }
  const [queue] = world.store.read(IDENTITY, [keys.moves]);
  const waiting = queue === undefined ? [] : (codec.decode(keys.moves, queue) as MoveQueue).waiting;
  if (waiting.length > 0) bad.push(`moves unfinished: ${JSON.stringify(waiting)}`);
  for (const partition of PEOPLE) {
    for (const [key, bytes] of world.store.scan(partition, 'h/', '', 100_000)) {
      const header = codec.decode(key, bytes) as Header;
      if (partitionOf(header.id) !== partition) bad.push(`profile ${header.id} is in the wrong partition`);
      if (header.forward !== undefined && header.facets.length > 0)
        bad.push(`merged ${header.id} still holds facets`);
    }
  }
  return bad;
}

/** A replay of each log from the start gives the same bytes. */
async function replays(world: World): Promise<string[]> {
  const bad: string[] = [];
  for (const partition of PARTITIONS) {
    const store = createMemoryStateStore();
    const gate = new Gate();
    gate.pass = () => Promise.resolve();
    // The replay publishes its messages into logs of its own: publishing again would disturb the world.
    const elsewhere = createMemoryLog({ clock: world.clock });
    const log = (name: string) => (name === partition ? world.log(name) : elsewhere);
    const runner = makeRunner({ partition, log, store, gate, readMax: () => 7 });
    const end = world.log(partition).stats().lastSeq;
    while ((runner.checkpoint?.seq ?? 0) < end) await runner.step();
    const live = entriesOf(world.store.scan(partition, '', '', 1_000_000));
    const replayed = entriesOf(store.scan(partition, '', '', 1_000_000));
    for (const key of new Set([...live.keys(), ...replayed.keys()])) {
      if (live.get(key) !== replayed.get(key))
        bad.push(
          `replay of ${partition} differs at ${key}: live ${live.get(key)?.length}, replayed ${replayed.get(key)?.length}`,
        );
    }
    const taken = JSON.stringify(sorted(world.store.checkpoint(partition)?.taken));
    if (taken !== JSON.stringify(sorted(store.checkpoint(partition)?.taken)))
      bad.push(`replay of ${partition}: marks differ`);
  }
  return bad;
}

function entriesOf(scanned: readonly (readonly [string, Uint8Array])[]): Map<string, string> {
  return new Map(
    scanned
      .filter(([key]) => !key.startsWith('x/'))
      .map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]),
  );
}

function sorted(record: Readonly<Record<string, number>> | undefined): [string, number][] {
  return Object.entries(record ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}
