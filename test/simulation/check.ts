import { createMemoryStateStore, type MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { readFeatures } from '../../src/features/read.ts';
import type { Event } from '../../src/model/event.ts';
import { facetKeyOf, historyFacetId, isClosedFacet } from '../../src/model/facet-id.ts';
import type { MoveQueue, Place } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { DedupDay, Facet, Header } from '../../src/model/profile.ts';
import type { SegmentCounts } from '../../src/model/segment.ts';
import { unpackSpool } from '../../src/model/spool-entry.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import type { EntryCodec } from '../../src/runner/entry-cache.ts';
import { unbalanced } from './conservation-checks.ts';
import { erasedFacets, forgotten } from './erasure-checks.ts';
import { SEGMENTS } from './events.ts';
import { Gate } from './gate.ts';
import { IDENTITY, makeReplica, PARTITIONS, PEOPLE, partitionOf } from './replica.ts';
import { snapshotsTwice } from './snapshot-checks.ts';
import type { World } from './world.ts';

/** What must hold once everything is quiet: the laws, computed from the list of acknowledged events alone. */
export async function violations(world: World): Promise<string[]> {
  if (world.failures.length > 0) return world.failures.map((failure) => `failure ${String(failure)}`);
  const replays = new Map<string, Replay>();
  for (const partition of PARTITIONS) replays.set(partition, await replay(world, partition));
  const held = facetsHeld(world, replays);
  const erased = erasedFacets(world);
  const known: Known = {
    acked: [...world.acked.values()].filter(({ facet }) => !erased.has(facet)),
    held: held.filter(({ facet }) => !erased.has(facetKeyOf(facet.id))),
    erased,
  };
  return [
    ...exactlyOnce(world, known),
    ...pointsOnce(known),
    ...historyOnce(world, known),
    ...places(world, held),
    ...memberships(world, held),
    ...forgotten(world),
    ...decidedOnce(world),
    ...snapshotsTwice(world),
    ...[...replays.values()].flatMap((each) => differences(world, each)),
    ...conservation(world, [...replays.values()]),
    ...unbalanced(world),
  ];
}

/** A replay of one log from its start, with no faults, into a store of its own. */
interface Replay {
  readonly partition: string;
  readonly store: MemoryStateStore;
  readonly definitions: Definitions;
  readonly codec: EntryCodec;
  readonly outcomes: Readonly<Record<string, number>>;
}

async function replay(world: World, partition: string): Promise<Replay> {
  const store = createMemoryStateStore();
  const definitions = new Definitions({ reportingCurrency: 'CNY' });
  const outcomes: Record<string, number> = {};
  const runner = makeReplica({
    partition,
    log: world.log(partition),
    archived: true,
    // Its messages are in the logs of the others already.
    destination: () => ({ append: () => Promise.resolve([]) }),
    store,
    gate: new Gate({ open: true }),
    definitions,
    onCommitted: (batch) => {
      for (const { outcome, command } of batch.outcomes)
        if (command === undefined) outcomes[outcome.status] = (outcomes[outcome.status] ?? 0) + 1;
    },
  });
  const end = world.log(partition).stats().lastSeq;
  while ((runner.checkpoint?.seq ?? 0) < end) await runner.step();
  return { partition, store, definitions, codec: createEntryCodec(definitions), outcomes };
}

/** What is known of facets of which nobody was erased. */
interface Known {
  readonly acked: readonly Event[];
  readonly held: readonly Held[];
  /** The others, by their keys. */
  readonly erased: ReadonlySet<string>;
}

interface Held {
  readonly profile: string;
  readonly facet: Facet;
  readonly definitions: Definitions;
}

function facetsHeld(world: World, replays: ReadonlyMap<string, Replay>): Held[] {
  const held: Held[] = [];
  for (const partition of PEOPLE) {
    const { codec, definitions } = replays.get(partition) as Replay;
    for (const [key, bytes] of world.store.scan(partition, 'f/', '', 100_000)) {
      const [, profile = ''] = key.split('/');
      held.push({ profile, facet: codec.decode(key, bytes) as Facet, definitions });
    }
  }
  return held;
}

/** What the facets of one key, closed ones and the open one, must come to. */
interface Sums {
  events: number;
  points: number;
  facets: number;
  readonly items: Set<unknown>;
}

function expectedSums(events: Iterable<Event>): Map<string, Sums> {
  const expected = new Map<string, Sums>();
  for (const { facet, properties } of events) {
    const sums = expected.get(facet) ?? { events: 0, points: 0, facets: 0, items: new Set() };
    sums.events += 1;
    sums.points += Number(properties.points);
    sums.items.add(properties.item_id);
    expected.set(facet, sums);
  }
  return expected;
}

function exactlyOnce(world: World, { acked, held, erased }: Known): string[] {
  const bad: string[] = [];
  const expected = expectedSums(acked);
  const seen = new Map<string, string>();
  // What is closed and what goes on under the same key add up.
  const counted = new Map<string, Omit<Sums, 'items'> & { items: number }>();
  for (const { profile, facet, definitions } of held) {
    const other = seen.get(facet.id);
    if (other !== undefined) bad.push(`facet ${facet.id} is in ${other} and in ${profile}`);
    seen.set(facet.id, profile);
    const key = facetKeyOf(facet.id);
    const { views, points, items } = readFeatures(definitions.features, [facet], 0);
    if ((views?.value ?? 0) !== facet.events)
      bad.push(`facet ${facet.id}: feature views ${String(views?.value)}, events ${facet.events}`);
    const sums = counted.get(key) ?? { events: 0, points: 0, facets: 0, items: 0 };
    counted.set(key, {
      events: sums.events + facet.events,
      points: sums.points + Number(points?.value ?? 0),
      facets: sums.facets + 1,
      items: sums.items + Number(items?.value ?? 0),
    });
  }
  for (const [key, { events, points, items }] of expected) {
    const found = counted.get(key);
    if ((found?.events ?? 0) !== events)
      bad.push(`facets of ${key} count ${found?.events ?? 0}, acknowledged ${events}`);
    if ((found?.points ?? 0) !== points)
      bad.push(`facets of ${key} sum up ${found?.points ?? 0}, not ${points}`);
    if (found?.facets === 1 && found.items !== items.size)
      bad.push(`facet ${key} tells ${found.items} items apart, not ${items.size}`);
  }
  for (const key of counted.keys())
    if (!expected.has(key) && counted.get(key)?.events !== 0) bad.push(`nobody sent ${key}`);
  const ids = dedupIds(world, erased);
  if (ids !== acked.length) bad.push(`${ids} deduplication ids for ${acked.length} acknowledged events`);
  return bad;
}

/** Every acknowledged event of a verified person is one fact of the ledgers of its facet, wherever that is, and no other is. */
function pointsOnce({ acked, held }: Known): string[] {
  const expected = new Map<string, number>();
  for (const { facet, claims } of acked)
    if (claims.some(({ verified }) => verified)) expected.set(facet, (expected.get(facet) ?? 0) + 1);
  const found = new Map<string, number>();
  for (const { facet } of held) {
    const key = facetKeyOf(facet.id);
    found.set(key, (found.get(key) ?? 0) + (facet.ledger?.facts.size ?? 0));
  }
  return [...new Set([...expected.keys(), ...found.keys()])]
    .filter((key) => (expected.get(key) ?? 0) !== (found.get(key) ?? 0))
    .map(
      (key) => `facets of ${key} hold ${found.get(key) ?? 0} facts of points, not ${expected.get(key) ?? 0}`,
    );
}

function dedupIds(world: World, erased: ReadonlySet<string>): number {
  const codec = createEntryCodec(new Definitions({ reportingCurrency: 'CNY' }));
  let ids = 0;
  for (const partition of PEOPLE)
    for (const [key, bytes] of world.store.scan(partition, 'd/', '', 100_000))
      if (!erased.has(facetKeyOf(key.split('/')[3] ?? '')))
        ids += (codec.decode(key, bytes) as DedupDay).ids.size;
  return ids;
}

/** History holds exactly one row per acknowledged event, and names its facet as state does. */
function historyOnce(world: World, { acked, held, erased }: Known): string[] {
  const rows = new Map<string, number>();
  const byFacet = new Map<string, number>();
  for (const partition of PEOPLE) {
    for (const row of world.historyOf(partition)) {
      if (!row.startsWith('events\t')) continue;
      const values = JSON.parse(row.slice('events\t'.length)) as unknown[];
      const facet = String(values[12]);
      if (erased.has(facetKeyOf(facet))) continue;
      const key = `${facetKeyOf(facet)} ${String(values[4])}`;
      rows.set(key, (rows.get(key) ?? 0) + 1);
      byFacet.set(facet, (byFacet.get(facet) ?? 0) + 1);
    }
  }
  const bad: string[] = [];
  for (const key of acked.map(({ facet, id }) => `${facet} ${id}`))
    if (rows.get(key) !== 1) bad.push(`history has ${rows.get(key) ?? 0} rows of ${key}`);
  // History names the closed and the open part as state does, so that its rows follow each to its owner.
  for (const { facet } of held) {
    const named = byFacet.get(historyFacetId(facet)) ?? 0;
    if (named !== facet.events) bad.push(`history has ${named} events of ${facet.id}, state ${facet.events}`);
  }
  if (rows.size !== acked.length) bad.push(`history has ${rows.size} events, acknowledged ${acked.length}`);
  return bad;
}

/** Whoever should be in a segment is in it, by what the facets hold and by the time; the partitions count as many. */
function memberships(world: World, held: readonly Held[]): string[] {
  const bad: string[] = [];
  for (const partition of PEOPLE) {
    const codec = createEntryCodec(new Definitions({ reportingCurrency: 'CNY' }));
    const members: Record<string, number> = {};
    for (const [key, bytes] of world.store.scan(partition, 'h/', '', 100_000)) {
      const header = codec.decode(key, bytes) as Header;
      if (header.kind === 'pseudo') continue;
      const inside = new Set(header.segments?.keys());
      for (const name of inside) members[name] = (members[name] ?? 0) + 1;
      const own = held.filter(({ profile }) => profile === header.id);
      if (!SEGMENTS.every(({ name }) => wasEver(name, own, world.clock.now(), inside.has(name))))
        bad.push(
          `profile ${header.id} of ${own.length} facets is in ${[...inside].join(', ') || 'no segment'}`,
        );
    }
    const [counted] = world.store.read(partition, [keys.segments]);
    const counts = counted && (codec.decode(keys.segments, counted) as SegmentCounts);
    const found = Object.fromEntries(counts?.members ?? []);
    if (SEGMENTS.some(({ name }) => (found[name] ?? 0) !== (members[name] ?? 0)))
      bad.push(`${partition} counts ${JSON.stringify(found)}, its headers say ${JSON.stringify(members)}`);
  }
  return bad;
}

/** Time leaves a segment within a second: what held at either end of it may be so. */
function wasEver(name: string, own: readonly Held[], now: number, inside: boolean): boolean {
  return [now, now - 1_000].some((moment) => {
    const [first] = own;
    if (first === undefined) return !inside;
    const facets = own.map(({ facet }) => facet);
    const { views, views_1d } = readFeatures(first.definitions.features, facets, moment);
    const holds = name === 'regular' ? Number(views?.value) >= 3 : Number(views_1d?.value) >= 1;
    return holds === inside;
  });
}

/** One firing is sent at most once, whatever moves, crashes and wakes twice; and what was due was decided. */
function decidedOnce(world: World): string[] {
  const bad: string[] = [];
  const fired = new Set<string>();
  for (const partition of PEOPLE) {
    for (const row of world.historyOf(partition)) {
      if (!row.startsWith('decisions\t')) continue;
      const values = JSON.parse(row.slice('decisions\t'.length)) as unknown[];
      const [id, trigger, , decision] = values.slice(4, 8).map(String);
      if (decision !== 'fired') continue;
      // An event that lies ahead of the erasure makes somebody new, of whom the same may be decided once more.
      if (world.erasures.done.length > 0) continue;
      if (fired.has(`${id}`)) bad.push(`${trigger} has fired ${id} twice`);
      fired.add(`${id}`);
    }
    for (const { profile, at } of world.due(partition))
      bad.push(`${profile} waits since ${world.clock.now() - at} ms`);
  }
  return bad;
}

/** Identity and people agree on where every facet is, and no move is left half-way. */
function places(world: World, facets: readonly Held[]): string[] {
  const bad: string[] = [];
  const codec = createEntryCodec(new Definitions({ reportingCurrency: 'CNY' }));
  const held = new Map(facets.map(({ profile, facet }) => [facet.id, profile]));
  const known = new Set<string>();
  for (const [key, bytes] of world.store.scan(IDENTITY, 'o/', '', 100_000)) {
    const place = codec.decode(key, bytes) as Place;
    const facet = key.slice(2);
    known.add(facet);
    if (place.owner !== place.location)
      bad.push(`facet ${facet}: owner ${place.owner}, location ${place.location}`);
    const at = held.get(facet);
    if (at !== undefined && at !== place.location)
      bad.push(`facet ${facet} is at ${at}, identity says ${place.location}`);
  }
  for (const facet of held.keys())
    if (!known.has(facet) && !isClosedFacet(facet)) bad.push(`identity knows no place of ${facet}`);
  const [queue] = world.store.read(IDENTITY, [keys.moves]);
  const waiting = queue === undefined ? [] : (codec.decode(keys.moves, queue) as MoveQueue).waiting;
  if (waiting.length > 0) bad.push(`moves unfinished: ${JSON.stringify(waiting)}`);
  for (const partition of PEOPLE) {
    for (const [key, bytes] of world.store.scan(partition, 'h/', '', 100_000))
      bad.push(...headerFaults(codec.decode(key, bytes) as Header, partition, held));
  }
  return bad;
}

function headerFaults(header: Header, partition: string, held: ReadonlyMap<string, string>): string[] {
  const bad: string[] = [];
  if (partitionOf(header.id) !== partition) bad.push(`profile ${header.id} is in the wrong partition`);
  if (header.forward !== undefined && header.facets.length > 0)
    bad.push(`merged ${header.id} still holds facets`);
  for (const facet of header.facets)
    if (held.get(facet) !== header.id)
      bad.push(`profile ${header.id} lists ${facet}, which it does not hold`);
  return bad;
}

/** A replay of each log from the start gives the same bytes, the same marks and the same rows. */
function differences(world: World, { partition, store }: Replay): string[] {
  const bad: string[] = [];
  const live = entriesOf(world.store);
  const replayed = entriesOf(store);
  for (const key of new Set([...live.keys(), ...replayed.keys()])) {
    if (live.get(key) !== replayed.get(key))
      bad.push(
        `replay of ${partition} differs at ${key}: live ${live.get(key)?.length}, replayed ${replayed.get(key)?.length}`,
      );
  }
  const taken = JSON.stringify(sorted(world.store.checkpoint(partition)?.taken));
  if (taken !== JSON.stringify(sorted(store.checkpoint(partition)?.taken)))
    bad.push(`replay of ${partition}: marks differ`);
  const rows = store
    .readSpool(partition, 0, Number.MAX_SAFE_INTEGER)
    .flatMap(({ bytes }) => unpackSpool(bytes));
  const expected = rows.map(({ table, line }) => `${table}\t${line}`).sort();
  const found = world.historyOf(partition).sort();
  if (expected.length !== found.length || expected.some((row, i) => row !== found[i]))
    bad.push(
      `history of ${partition} has ${found.length} rows, a replay writes ${expected.length}, or they differ`,
    );
  return bad;

  function entriesOf(from: MemoryStateStore): Map<string, string> {
    const entries = from.scan(partition, '', '', 1_000_000).filter(([key]) => !key.startsWith('x/'));
    return new Map(entries.map(([key, bytes]) => [key, Buffer.from(bytes).toString('latin1')]));
  }
}

/** Nothing vanishes: every event in a log has been applied or recognized as a repeat, and each of them once. */
function conservation(world: World, replays: readonly Replay[]): string[] {
  const bad: string[] = [];
  const total = (status: string): number =>
    replays.reduce((sum, { outcomes }) => sum + (outcomes[status] ?? 0), 0);
  let received = 0;
  for (const partition of PARTITIONS)
    for (const { records } of world.log(partition).archive())
      for (const record of records) if (record[0] === 0x45 || record[0] === 0x52) received += 1;
  if (total('applied') + total('duplicate') + total('refused') !== received)
    bad.push(
      `received ${received}, applied ${total('applied')}, duplicate ${total('duplicate')}, refused ${total('refused')}`,
    );
  if (world.erasures.done.length === 0 && total('refused') > 0) bad.push('an event was refused');
  world.count('refused', total('refused'));
  if (world.erasures.done.length === 0 && total('applied') !== world.acked.size)
    bad.push(`applied ${total('applied')}, acknowledged ${world.acked.size}`);
  return bad;
}

function sorted(record: Readonly<Record<string, number>> | undefined): [string, number][] {
  return Object.entries(record ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}
