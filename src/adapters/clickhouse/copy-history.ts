import { dirname } from 'node:path';
import { TesseraError } from '../../errors.ts';
import type { HistoryCopying } from '../../ports/history.ts';
import { type Lane, openConnections } from './connection.ts';
import type { WriteGate } from './write-gate.ts';

export interface HistoryCopy {
  /** What the tables lie in. */
  readonly database: string;
  /** One archive with all of them. */
  readonly file: string;
}

/** Copies the tables of an engine in this process: ClickHouse's own backups, which hold on to the parts that they copy. */
export function copyingOf(gate: WriteGate, writer: Lane, database: string): HistoryCopying {
  const copyTo = (file: string): Promise<void> =>
    run(writer, `BACKUP DATABASE ${database} TO File(${quoted(file)})`);
  return { database, hold: (task) => gate.hold(() => task(copyTo)) };
}

/** Brings the tables of a copy into a directory that has none. Fails with `backup_failed`. */
export async function restoreHistory(path: string, { database, file }: HistoryCopy): Promise<void> {
  const connections = await openConnections({ kind: 'chdb', path, backups: dirname(file) }, database);
  try {
    await run(connections.writer, `RESTORE DATABASE ${database} FROM File(${quoted(file)})`);
  } finally {
    await connections.close();
  }
}

async function run(lane: Lane, query: string): Promise<void> {
  try {
    await lane.run((client) => client.command({ query }));
  } catch (cause) {
    const number = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new TesseraError('backup_failed', `history: ClickHouse error ${number}`, { cause });
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
