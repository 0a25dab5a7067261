import { assert } from '../../errors.ts';
import type { ExpiredRows } from '../../ports/history.ts';
import type { EraseTarget } from './erase-rows.ts';
import { noteRemoved } from './removed-rows.ts';
import { type Placement, rowsOf } from './topology.ts';

/** Counts rows whose term is over, and deletes them unless that is all that was asked. */
export async function expireRows(
  target: EraseTarget,
  placement: Placement,
  { expired, dry }: { readonly expired: ExpiredRows; readonly dry: boolean },
): Promise<number> {
  const { table } = expired;
  const where = conditionOf(expired);
  const count = Number(await target.read(`SELECT count() FROM ${table} WHERE ${where} FORMAT TabSeparated`));
  if (count === 0 || dry) return count;
  await noteRemoved(target, table, { where, reason: 'expired' });
  await target.run(
    `ALTER TABLE ${rowsOf(table, placement)} DELETE WHERE ${where} SETTINGS mutations_sync = 2`,
  );
  return count;
}

/** An event is as old as it says it is, everything else as old as its record of the log. */
function conditionOf({ table, before, types, except }: ExpiredRows): string {
  const column = table === 'events' ? 'time' : table === 'quarantine' ? 'received_at' : 'at';
  const older = `${column} < fromUnixTimestamp64Milli(toInt64(${before}))`;
  const conditions = [older];
  if (types !== undefined) conditions.push(`type IN (${listOf(types)})`);
  if (except !== undefined && except.length > 0) conditions.push(`type NOT IN (${listOf(except)})`);
  return conditions.join(' AND ');
}

function listOf(types: readonly string[]): string {
  assert(
    types.every((type) => /^[a-z][a-z0-9_]*$/.test(type)),
    'names of types of events go into SQL text as they stand',
  );
  return types.map((type) => `'${type}'`).join(', ');
}
