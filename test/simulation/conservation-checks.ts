import { isDeepStrictEqual } from 'node:util';
import { historyColumns } from '../../src/model/history-rows.ts';
import { keys } from '../../src/model/keys.ts';
import { decodeRecord } from '../../src/runner/codec.ts';
import { decodeLedger } from '../../src/runner/conservation-ledger.ts';
import { PARTITIONS } from './replica.ts';
import type { World } from './world.ts';

/** By minute and source. */
type Counts = Map<string, Record<string, number>>;

const MINUTE_MS = 60_000;

/**
 * The books of all partitions, rows and open tallies together, against what the logs hold and what was acknowledged: by
 * minute and source everything that was received has come to one end.
 */
export function unbalanced(world: World): string[] {
  const booked: Counts = new Map();
  for (const partition of PARTITIONS) {
    addRows(booked, world, partition);
    const [bytes] = world.store.read(partition, [keys.ledger]);
    for (const { minute, source, tallies } of bytes === undefined ? [] : decodeLedger(bytes).open)
      add(booked, nameOf(minute, source), { ...tallies });
  }
  const expected = expectedOf(world);
  const bad: string[] = [];
  for (const name of new Set([...booked.keys(), ...expected.keys()])) {
    const { received = 0, applied = 0, duplicate = 0, quarantined = 0, refused = 0 } = booked.get(name) ?? {};
    if (received !== applied + duplicate + quarantined + refused)
      bad.push(
        `ledger: ${name} received ${received}, applied ${applied}, duplicate ${duplicate}, quarantined ${quarantined}, refused ${refused}`,
      );
    const wanted = expected.get(name) ?? {};
    const found = { received, quarantined, ...(wanted.applied === undefined ? {} : { applied }) };
    if (!isDeepStrictEqual(sorted(wanted), sorted(found)))
      bad.push(
        `ledger: ${name} has ${JSON.stringify(sorted(found))}, sent ${JSON.stringify(sorted(wanted))}`,
      );
  }
  world.count('minutes booked', booked.size);
  return [...bad, ...historyDiffers(world, booked)];
}

/** What is in the logs, as it was sent; and what was acknowledged is applied once, where nobody was erased. */
function expectedOf(world: World): Counts {
  const expected: Counts = new Map();
  for (const partition of PARTITIONS)
    for (const { records } of world.log(partition).archive())
      for (const bytes of records) {
        const { record } = decodeRecord(bytes);
        if (record.kind === 'event' || record.kind === 'routed')
          add(expected, nameOf(record.event.receivedAt, record.event.source), {
            received: 1,
            quarantined: 0,
          });
        if (record.kind === 'quarantine')
          add(expected, nameOf(record.receivedAt, record.source), { received: 1, quarantined: 1 });
      }
  if (world.erasures.done.length > 0) return expected;
  for (const name of expected.keys()) add(expected, name, { applied: 0 });
  for (const { receivedAt, source } of world.acked.values())
    add(expected, nameOf(receivedAt, source), { applied: 1 });
  return expected;
}

function addRows(booked: Counts, world: World, partition: string): void {
  for (const values of rowsOf(world, partition, 'conservation')) {
    const row = Object.fromEntries(historyColumns.conservation.map((name, at) => [name, values[at]]));
    const { minute, source, received, applied, duplicate, quarantined, refused } = row;
    const counts = { received, applied, duplicate, quarantined, refused } as Record<string, number>;
    add(booked, nameOf(Date.parse(`${String(minute)}Z`), String(source)), counts);
  }
}

/** One row of events for each that was applied, one of quarantine for each that was kept. */
function historyDiffers(world: World, booked: Counts): string[] {
  const rows: Counts = new Map();
  for (const partition of PARTITIONS)
    for (const [table, name] of [
      ['events', 'applied'],
      ['quarantine', 'quarantined'],
    ] as const) {
      const source = historyColumns[table].indexOf('source');
      const at = historyColumns[table].indexOf('received_at');
      for (const values of rowsOf(world, partition, table))
        add(rows, nameOf(Date.parse(`${String(values[at])}Z`), String(values[source])), { [name]: 1 });
    }
  const bad: string[] = [];
  for (const name of new Set([...booked.keys(), ...rows.keys()])) {
    const { applied = 0, quarantined = 0 } = booked.get(name) ?? {};
    const { applied: events = 0, quarantined: kept = 0 } = rows.get(name) ?? {};
    if (applied !== events || quarantined !== kept)
      bad.push(
        `ledger: ${name} applied ${applied} and quarantined ${quarantined}, history has ${events} and ${kept}`,
      );
  }
  return bad;
}

function rowsOf(world: World, partition: string, table: string): unknown[][] {
  const prefix = `${table}\t`;
  return world
    .historyOf(partition)
    .filter((row) => row.startsWith(prefix))
    .map((row) => JSON.parse(row.slice(prefix.length)) as unknown[]);
}

function nameOf(at: number, source: string): string {
  return `${new Date(Math.floor(at / MINUTE_MS) * MINUTE_MS).toISOString()} ${source}`;
}

function add(counts: Counts, name: string, more: Readonly<Record<string, number>>): void {
  const known = counts.get(name) ?? {};
  for (const [each, n] of Object.entries(more)) known[each] = (known[each] ?? 0) + n;
  counts.set(name, known);
}

function sorted(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
}
