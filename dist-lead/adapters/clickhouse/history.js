import { Readable } from 'node:stream';
import { assert, TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
import { historyColumns } from "../../model/history-rows.js";
import { rowKey } from "../../model/spool-entry.js";
import { openConnections } from "./connection.js";
import { applyMigrations, readMigrations } from "./migrations.js";
import { readOnlyStatement } from "./read-only.js";
import { createTurnstile } from "./turnstile.js";
/** The database of one space: several spaces share a server. */
export function historyDatabase(space) {
    return `${space.replaceAll(/[^A-Za-z0-9_]/g, '_')}_tessera`;
}
/** History on ClickHouse, in process or on a server: the same statements through the same client. */
export async function openClickHouseHistory(options) {
    const connections = await openConnections(options.address, options.database);
    const { writer } = connections;
    return {
        migrate: async () => {
            const migrations = await readMigrations();
            await unlessUnavailable(() => applyMigrations({ run: (statement) => run(writer, statement), read: (query) => read(writer, query) }, migrations));
        },
        insert: (block, token) => unlessUnavailable(() => insert(writer, block, token)),
        present: (table, partition, firstSeq, lastSeq) => unlessUnavailable(() => present(writer, table, { partition, firstSeq, lastSeq })),
        query: createQuery(connections),
        close: () => connections.close(),
    };
}
/**
 * One insert is one block: the token names a block, and a block cut in two differently the second time would not be
 * recognized. Hence one parser and block sizes beyond any cut. Asynchronous inserts must stay off: ClickHouse
 * switches them on by default, and with tokens they lose rows.
 */
const BLOCK_SETTINGS = [
    'async_insert = 0',
    'insert_deduplicate = 1',
    'input_format_parallel_parsing = 0',
    'max_insert_block_size = 10000000',
    'min_insert_block_size_rows = 10000000',
    'min_insert_block_size_bytes = 4000000000',
    // A half surrogate pair would otherwise make the row, and with it the block, unreadable for ever.
    'input_format_json_throw_on_bad_escape_sequence = 0',
    "date_time_input_format = 'basic'",
].join(', ');
async function insert(writer, block, token) {
    if (block.lines.length === 0)
        return;
    assert(/^[\w:.-]+$/.test(token), 'a deduplication token goes into SQL text as it stands');
    const columns = historyColumns[block.table].map((name) => `\`${name}\``).join(', ');
    // The token stands in the statement: given as a client setting it would stay on the embedded session.
    const statement = `INSERT INTO ${block.table} (${columns}) SETTINGS insert_deduplication_token = '${token}', ${BLOCK_SETTINGS} FORMAT JSONCompactEachRow`;
    const body = `${block.lines.join('\n')}\n`;
    await writer.run(async (client) => {
        const { stream } = await client.exec({
            query: statement,
            values: Readable.from([body], { objectMode: false }),
        });
        await textOf(stream);
    });
}
async function present(writer, table, range) {
    const { partition, firstSeq, lastSeq } = range;
    const text = await read(writer, `SELECT seq, idx, ord FROM ${table} WHERE \`partition\` = ${partition} AND seq BETWEEN ${firstSeq} AND ${lastSeq} FORMAT TabSeparated`);
    const keys = new Set();
    for (const line of text.split('\n')) {
        if (line === '')
            continue;
        const [seq, index, ordinal] = line.split('\t');
        keys.add(rowKey(Number(seq), Number(index), Number(ordinal)));
    }
    return keys;
}
function createQuery({ reader, readerSettings, readsAtOnce }) {
    const turnstile = createTurnstile(readsAtOnce, limits.sqlWaitingMax);
    return async (sql, format) => {
        const statement = readOnlyStatement(sql, format);
        const text = `${statement.text}\nFORMAT ${statement.format}`;
        return await turnstile(async () => {
            try {
                return await read(reader, text, readerSettings);
            }
            catch (cause) {
                throw readingError(cause);
            }
        });
    };
}
/** ClickHouse's own errors carry its number; everything else is about reaching it. */
function readingError(cause) {
    const refused = cause instanceof Error && 'code' in cause && /^\d+$/.test(String(cause.code));
    if (!refused)
        return new TesseraError('history_unavailable', undefined, { cause });
    return new TesseraError('sql_error', cause.message.slice(0, limits.sqlErrorCharactersMax), { cause });
}
async function unlessUnavailable(task) {
    try {
        return await task();
    }
    catch (cause) {
        if (cause instanceof TesseraError)
            throw cause;
        const number = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
        throw new TesseraError('history_unavailable', `ClickHouse error ${number}`, { cause });
    }
}
async function run(lane, query) {
    await lane.run((client) => client.command({ query }));
}
async function read(lane, query, settings) {
    return await lane.run(async (client) => {
        const { stream } = await client.exec({
            query,
            ...(settings === undefined ? {} : { clickhouse_settings: settings }),
        });
        return await textOf(stream);
    });
}
async function textOf(stream) {
    const chunks = [];
    for await (const chunk of stream)
        chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString('utf8');
}
//# sourceMappingURL=history.js.map