import type { EraseTarget } from './erase-rows.ts';

/** Why rows are taken out of history on purpose. */
export type RemovalReason = 'erased' | 'expired';

/** Tables of which each row stands for one event that was received: the books say how many there must be. */
const COUNTED: readonly string[] = ['events', 'quarantine'];

/**
 * Writes down which rows are about to go, so that the books of conservation do not miss them. By position: a repeat after a
 * crash adds nothing, however far the first try came.
 */
export async function noteRemoved(
  target: EraseTarget,
  table: string,
  { where, reason }: { readonly where: string; readonly reason: RemovalReason },
): Promise<void> {
  if (!COUNTED.includes(table)) return;
  const minute = 'toStartOfMinute(received_at)';
  const position = '`partition`, seq, idx, ord';
  const going = `FROM ${table} WHERE (${where}) AND source != 'engine'`;
  const range = await target.read(
    `SELECT toUnixTimestamp(min(${minute})), toUnixTimestamp(max(${minute})) ${going} FORMAT TabSeparated`,
  );
  const [first, last] = range.trim().split('\t').map(Number);
  const noted = `SELECT ${position} FROM removed_rows WHERE taken_from = '${table}' AND minute BETWEEN ${first} AND ${last}`;
  await target.run(
    `INSERT INTO removed_rows (taken_from, reason, ${position}, minute, source)
    SELECT '${table}', '${reason}', ${position}, ${minute}, source ${going} AND (${position}) GLOBAL NOT IN (${noted})`,
  );
}
