import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { TesseraError } from "../../errors.js";
import { splitStatements } from "./sql-lexer.js";
/** `dist/adapters/clickhouse` and `src/adapters/clickhouse` lie equally deep. */
export const migrationsDirectory = new URL('../../../deploy/clickhouse/', import.meta.url);
export async function readMigrations(directory = migrationsDirectory) {
    const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
    const migrations = [];
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
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS migrations
(version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = MergeTree ORDER BY version
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1`;
/**
 * Applies what is missing, in order. A crash in between repeats a file from its start, so statements are written to
 * be repeatable; two engines that start at once are told apart by the token.
 */
export async function applyMigrations(target, migrations) {
    await target.run(CREATE_TABLE);
    const applied = await readApplied(target);
    for (const version of applied.keys()) {
        if (!migrations.some((migration) => migration.version === version)) {
            throw new TesseraError('data_format', `history has migration ${version}, which this version does not know`);
        }
    }
    for (const migration of migrations) {
        const checksum = applied.get(migration.version);
        if (checksum === migration.checksum)
            continue;
        if (checksum !== undefined) {
            throw new TesseraError('data_format', `migration ${migration.version} has changed since it was applied`);
        }
        for (const statement of migration.statements)
            await target.run(statement);
        await target.run(`INSERT INTO migrations (version, name, checksum)
       SETTINGS insert_deduplication_token = 'migration:${migration.version}', async_insert = 0
       VALUES (${migration.version}, '${migration.name}', '${migration.checksum}')`);
    }
}
async function readApplied(target) {
    const text = await target.read('SELECT version, checksum FROM migrations ORDER BY version FORMAT TabSeparated');
    const applied = new Map();
    for (const line of text.split('\n')) {
        const [version, checksum] = line.split('\t');
        if (version !== undefined && checksum !== undefined)
            applied.set(Number(version), checksum);
    }
    return applied;
}
//# sourceMappingURL=migrations.js.map