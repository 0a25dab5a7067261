import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '../../limits.ts';
import type { HistoryTable } from '../../model/effect.ts';
import type { EpochMs } from '../../model/time.ts';
import type { ErasedRows, HistoryMentions, HistoryNames } from '../../ports/history.ts';
import { noteRemoved } from './removed-rows.ts';
import { type Placement, rowsOf } from './topology.ts';

/*
 * Rows of erased people go by mutations. ClickHouse keeps the text of a mutation in a file, and servers keep those of queries
 * in a log of theirs; so none names a facet, a profile or an identifier: columns are compared by 64 bits of a digest.
 */

/** What this asks of a connection. */
export interface EraseTarget {
  run(statement: string): Promise<void>;
  /** One TabSeparated row per line. */
  read(query: string): Promise<string>;
  /** Of the engine in this process, whose files are at hand. */
  readonly removeFiles?: ((path: string) => Promise<void>) | undefined;
}

type NameKind = Exclude<keyof HistoryNames, 'until'>;

/**
 * Of each table, which of its columns name people by what. Entries of the audit log stay: they say that somebody was looked at, under
 * an id that leads nowhere any more. The books of conservation name nobody, nor do decisions on flags.
 */
const COLUMNS: Readonly<
  Record<
    Exclude<HistoryTable, 'audit' | 'conservation' | 'quality_decisions'>,
    Readonly<Record<string, NameKind>>
  >
> = {
  events: { facet_id: 'facets' },
  facets: { facet_id: 'facets', profile_id: 'profiles' },
  merges: { winner: 'profiles', loser: 'profiles' },
  identity_changes: { identifier: 'identifiers', profile_id: 'profiles' },
  decisions: { profile_id: 'profiles' },
  segment_changes: { profile_id: 'profiles' },
  points: { facet_id: 'facets', profile_id: 'profiles' },
  deliveries: { profile_id: 'profiles' },
  recommendations: { profile_id: 'profiles' },
  consents: { facet_id: 'facets', profile_id: 'profiles' },
  profile_snapshots: { profile_id: 'profiles' },
  quarantine: { id: 'quarantined' },
  quarantine_attempts: { id: 'quarantined' },
};

/** Keeps what books need of their orders, deletes all rows of theirs, and takes them out of decisions about others. */
export async function eraseRows(
  target: EraseTarget,
  placement: Placement,
  names: HistoryNames,
): Promise<ErasedRows> {
  const rows: Record<string, number> = {};
  const changed: string[] = [];
  for (const part of partsOf(names)) {
    await retainOrders(target, part);
    for (const [table, columns] of Object.entries(COLUMNS)) {
      const condition = conditionOf(table, columns, part);
      const count = await countOf(target, table, condition);
      if (count === 0) continue;
      await noteRemoved(target, table, { where: condition, reason: 'erased' });
      await mutate(target, rowsOf(table, placement), `DELETE WHERE ${condition}`);
      rows[table] = (rows[table] ?? 0) + count;
      changed.push(table);
    }
    changed.push(...(await blankOtherSides(target, placement, part)));
  }
  await dropOldParts(
    target,
    [...new Set(changed)].map((table) => rowsOf(table, placement)),
  );
  return rows;
}

/** Identifiers and facets inside of events: a text may hold any of the names, so every part of these meets every part of those. */
export async function blankMentions(
  target: EraseTarget,
  placement: Placement,
  { facets, identifiers, events }: HistoryMentions,
): Promise<void> {
  const names = [...identifiers.map((each) => each.slice(each.indexOf(':') + 1)), ...facets];
  const words = "extractAll(raw, '[A-Za-z0-9_-]+|[^A-Za-z0-9_-]+')";
  let changed = false;
  for (const ids of slicesOf(events)) {
    for (const some of slicesOf(names)) {
      const text = `arrayStringConcat(arrayMap(word -> if(${isOneOf('word', some)}, '', word), ${words}))`;
      const condition = `${isOneOf('event_id', ids)} AND raw != ${text}`;
      if ((await countOf(target, 'events', condition)) === 0) continue;
      await mutate(target, rowsOf('events', placement), `UPDATE raw = ${text} WHERE ${condition}`);
      changed = true;
    }
  }
  if (changed) await dropOldParts(target, [rowsOf('events', placement)]);
}

function slicesOf(names: readonly string[]): readonly (readonly string[])[] {
  const max = limits.erasedNamesAtOnce;
  return Array.from({ length: Math.ceil(names.length / max) }, (_, n) => names.slice(n * max, (n + 1) * max));
}

/** Statements have a bound, and so have the lists in them. */
function partsOf(names: HistoryNames): readonly HistoryNames[] {
  const max = limits.erasedNamesAtOnce;
  const { facets, profiles, identifiers, quarantined, until } = names;
  const all = [facets, profiles, identifiers, quarantined];
  const longest = Math.max(1, ...all.map((each) => each.length));
  return Array.from({ length: Math.ceil(longest / max) }, (_, n) => {
    const cut = (list: readonly string[]): readonly string[] => list.slice(n * max, (n + 1) * max);
    return {
      until,
      facets: cut(facets),
      profiles: cut(profiles),
      identifiers: cut(identifiers),
      quarantined: cut(quarantined),
    };
  });
}

function digestOf(column: string): string {
  return `reinterpretAsUInt64(substring(SHA256(${column}), 1, 8))`;
}

/** Whether the column holds one of these; never, where there are none. */
function isOneOf(column: string, names: readonly string[]): string {
  if (names.length === 0) return '0';
  const digests = names.map((name) => hash('sha256', name, 'buffer').readBigUInt64LE(0));
  return `${digestOf(column)} IN (${digests.join(', ')})`;
}

function conditionOf(
  table: string,
  columns: Readonly<Record<string, NameKind>>,
  names: HistoryNames,
): string {
  const named = Object.entries(columns).map(([column, kind]) => isOneOf(column, names[kind]));
  return `(${named.join(' OR ')})${table === 'quarantine' ? '' : ` AND ${isBefore(table, names.until)}`}`;
}

function isBefore(table: string, until: EpochMs): string {
  return `${table === 'events' ? 'applied_at' : 'at'} <= fromUnixTimestamp64Milli(${until})`;
}

async function countOf(target: EraseTarget, table: string, condition: string): Promise<number> {
  return Number(await target.read(`SELECT count() FROM ${table} WHERE ${condition} FORMAT TabSeparated`));
}

/** What is there already stays as it is, so that a repeat adds nothing. */
async function retainOrders(target: EraseTarget, { facets, until }: HistoryNames): Promise<void> {
  if (facets.length === 0) return;
  const fact = 'order_namespace, order_id, order_transition, refund_id';
  const rest = 'currency, total, spend, refund, item_ids, variant_ids, quantities, prices, amounts, kinds';
  await target.run(
    `INSERT INTO retained_orders (day, ${fact}, ${rest})
    SELECT toDate(time), ${fact}, ${rest} FROM events
    WHERE ${isOneOf('facet_id', facets)} AND ${isBefore('events', until)} AND order_ledger AND order_id != '' AND (${fact}) NOT IN (SELECT ${fact} FROM retained_orders)
    LIMIT 1 BY ${fact}`,
  );
}

/** In rows of others: the profile on the other side of a decision of identity. */
async function blankOtherSides(
  target: EraseTarget,
  placement: Placement,
  { profiles }: HistoryNames,
): Promise<readonly string[]> {
  const condition = isOneOf('other_profile_id', profiles);
  if ((await countOf(target, 'identity_changes', condition)) === 0) return [];
  const table = rowsOf('identity_changes', placement);
  await mutate(target, table, `UPDATE other_profile_id = '' WHERE ${condition}`);
  return ['identity_changes'];
}

async function mutate(target: EraseTarget, table: string, change: string): Promise<void> {
  await target.run(`ALTER TABLE ${table} ${change} SETTINGS mutations_sync = 2`);
}

/**
 * A mutation writes parts anew, and the old ones stay for minutes. A server removes them at once where the table is told so;
 * replicas look rarely, and are not waited for beyond a bound. The embedded engine never looks as long as it has nothing
 * else to do, and does not mind their files being gone; those that both have are links, of which the new part keeps its own.
 */
async function dropOldParts(target: EraseTarget, tables: readonly string[]): Promise<void> {
  const names = tables.map((table) => `'${table.split(' ')[0]}'`);
  if (names.length === 0) return;
  const old = `FROM system.parts WHERE database = currentDatabase() AND table IN (${names.join(', ')}) AND NOT active FORMAT TabSeparated`;
  if (target.removeFiles !== undefined) {
    const paths = await target.read(`SELECT path ${old}`);
    for (const path of paths.split('\n')) if (path !== '') await target.removeFiles(path);
    return;
  }
  for (const table of tables) await target.run(`ALTER TABLE ${table} MODIFY SETTING old_parts_lifetime = 0`);
  const giveUp = performance.now() + limits.oldPartsWaitMs;
  while (performance.now() < giveUp && Number(await target.read(`SELECT count() ${old}`)) > 0)
    await sleep(limits.historyPollMs);
  for (const table of tables) await target.run(`ALTER TABLE ${table} RESET SETTING old_parts_lifetime`);
}
