import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { TesseraError } from '../../errors.ts';
import { splitStatements } from './sql-lexer.ts';
import { MIGRATIONS_TABLE, type Placement, placeStatement } from './topology.ts';

/** One file of deploy/clickhouse. Once applied anywhere it never changes; the next change is the next file. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly statements: readonly string[];
}

/** `dist/adapters/clickhouse` and `src/adapters/clickhouse` lie equally deep. */
export const migrationsDirectory = new URL('../../../deploy/clickhouse/', import.meta.url);

/** What the migration runner asks of a connection. */
export interface MigrationTarget {
  run(statement: string): Promise<void>;
  /** One TabSeparated row per line. */
  read(query: string): Promise<string>;
}

export async function readMigrations(directory: URL = migrationsDirectory): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  const migrations: Migration[] = [];
  for (const file of files) {
    const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file);
    if (match?.[1] === undefined || match[2] === undefined) {
      throw new TesseraError('data_format', `${file} is not named like a migration`);
    }
    const text = await readFile(new URL(file, directory), 'utf8');
    migrations.push({
      version: Number(match[1]),
      name: match[2],
      checksum: createHash('sha256').update(text).digest('hex'),
      statements: splitStatements(text),
    });
  }
  return migrations;
}

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS ${MIGRATIONS_TABLE}
(version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = MergeTree ORDER BY version
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1`;

/**
 * Applies what is missing, in order, and notes all of it at the end: a note is an insert of its own, and twenty of them took
 * a twentieth of a first start. A crash in between repeats everything that was missing, so statements are written to be
 * repeatable; two engines that start at once are told apart by the token.
 */
export async function applyMigrations(
  target: MigrationTarget,
  migrations: readonly Migration[],
  placement: Placement,
): Promise<void> {
  const run = async (statement: string): Promise<void> => {
    for (const placed of placeStatement(statement, placement)) await target.run(placed);
  };
  await run(CREATE_TABLE);
  const missing = missingOf(migrations, await readApplied(target));
  for (const { statements } of missing) {
    for (const statement of joinAlterations(statements)) await run(statement);
  }
  if (missing.length > 0) await target.run(noteOf(missing));
}

/** Fails with `data_format` when history has a migration that is not known here, or has it otherwise. */
function missingOf(
  migrations: readonly Migration[],
  applied: ReadonlyMap<number, string>,
): readonly Migration[] {
  for (const version of applied.keys()) {
    if (!migrations.some((migration) => migration.version === version)) {
      throw new TesseraError(
        'data_format',
        `history has migration ${version}, which this version does not know`,
      );
    }
  }
  return migrations.filter(({ version, checksum }) => {
    const found = applied.get(version);
    if (found === undefined || found === checksum) return found === undefined;
    throw new TesseraError('data_format', `migration ${version} has changed since it was applied`);
  });
}

const ADDITION = /^ALTER TABLE (\w+) (ADD COLUMN .*)$/s;

/**
 * Columns of one table that are added one after the other, as one change: ClickHouse writes the table's description once for
 * each. An index is another matter, because what stands in front of a distributed table has none.
 */
export function joinAlterations(statements: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let table: string | undefined;
  for (const statement of statements) {
    const [, name, addition] = ADDITION.exec(statement) ?? [];
    if (name !== undefined && name === table) joined.push(`${joined.pop()},\n${addition}`);
    else joined.push(statement);
    table = name;
  }
  return joined;
}

function noteOf(migrations: readonly Migration[]): string {
  const rows = migrations.map(({ version, name, checksum }) => `(${version}, '${name}', '${checksum}')`);
  const token = migrations.map(({ version }) => version).join();
  return (
    `INSERT INTO ${MIGRATIONS_TABLE} (version, name, checksum) ` +
    `SETTINGS insert_deduplication_token = 'migrations:${token}', async_insert = 0 VALUES ${rows.join(', ')}`
  );
}

async function readApplied(target: MigrationTarget): Promise<Map<number, string>> {
  const text = await target.read(
    `SELECT version, checksum FROM ${MIGRATIONS_TABLE} ORDER BY version FORMAT TabSeparated`,
  );
  const applied = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [version, checksum] = line.split('\t');
    if (version !== undefined && checksum !== undefined) applied.set(Number(version), checksum);
  }
  return applied;
}
