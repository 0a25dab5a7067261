import { createHash } from 'node:crypto';
import { limits } from '../../limits.ts';
import type { Placement } from './topology.ts';

/*
 * On a server analysts and BI tools have a user of their own: it reads the database of one space and nothing else, within bounds that
 * it can tighten and not lift. The statements repeat what they say, so that a start with another password, or with other bounds,
 * puts these in force.
 */

/** Of the user, its role and its settings. */
export function readerName(database: string): string {
  return `${database}_reader`;
}

/** What a reading query may take; the greatest value that the user can set is the same. */
const BOUNDS: Readonly<Record<string, number>> = Object.freeze({
  max_execution_time: limits.readerSecondsMax,
  max_memory_usage: limits.readerMemoryBytesMax,
  max_memory_usage_for_user: limits.readerMemoryBytesMax * limits.readerAtOnce,
  max_concurrent_queries_for_user: limits.readerAtOnce,
  max_result_rows: limits.readerRowsMax,
  max_result_bytes: limits.readerResultBytesMax,
});

/**
 * Statements that set the user up. The password itself is in none of them: servers keep statements in a log. `salt` is anything
 * that is not the same for two passwords.
 */
export function readerStatements(
  { topology, database }: Placement,
  { password, salt }: { readonly password: string; readonly salt: string },
): readonly string[] {
  const name = readerName(database);
  const everywhere = topology.kind === 'single' ? '' : ` ON CLUSTER '${topology.cluster}'`;
  const digest = createHash('sha256').update(`${password}${salt}`).digest('hex');
  const bounds = Object.entries(BOUNDS).map(([setting, value]) => `${setting} = ${value} MAX ${value}`);
  // 2: tools may set how answers look. They cannot set `readonly` itself.
  const settings = ['readonly = 2', ...bounds, "result_overflow_mode = 'throw' CONST", 'allow_ddl = 0 CONST'];
  return [
    `CREATE SETTINGS PROFILE OR REPLACE ${name}${everywhere} SETTINGS ${settings.join(', ')}`,
    `CREATE ROLE IF NOT EXISTS ${name}${everywhere}`,
    `GRANT${everywhere} SELECT ON ${database}.* TO ${name}`,
    `CREATE USER OR REPLACE ${name}${everywhere} IDENTIFIED WITH sha256_hash BY '${digest}' SALT '${salt}' ` +
      `DEFAULT ROLE ${name} DEFAULT DATABASE ${database} SETTINGS PROFILE '${name}'`,
  ];
}
