import { mkdir } from 'node:fs/promises';
import { ClickHouseLogLevel, createClient, } from '@clickhouse/client';
import { TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
/** Opens both clients on the given database and creates it where it is missing. */
export async function openConnections(address, database) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(database)) {
        throw new TesseraError('invalid_config', `the history database cannot be named ${JSON.stringify(database)}`);
    }
    try {
        return address.kind === 'chdb'
            ? await openEmbedded(address.path, database)
            : await openServer(address.url, database);
    }
    catch (cause) {
        if (cause instanceof TesseraError)
            throw cause;
        throw new TesseraError('history_unavailable', 'history cannot be opened', { cause });
    }
}
/**
 * Engine settings that exist only at start. ClickHouse sizes its caches for a machine of its own (5 GB each); here it is
 * a guest in an engine that promises to stay under 900 MB.
 */
const EMBEDDED_ARGUMENTS = Object.freeze([
    '--mark_cache_size=16777216',
    '--index_mark_cache_size=4194304',
    '--primary_index_cache_size=16777216',
    '--compiled_expression_cache_size=1048576',
    '--mmap_cache_size=64',
    '--background_pool_size=1',
]);
async function openEmbedded(path, database) {
    const { Session, createChdbConnection } = await loadEmbedded();
    await mkdir(path, { recursive: true });
    // The connection plug takes no engine settings, the first session in the process does; later ones share its engine.
    const engine = new Session(path, { connectionArgs: EMBEDDED_ARGUMENTS });
    const openClient = async (settings) => {
        const client = createClient({ connection: plug(createChdbConnection({ path })), log: SILENT });
        await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
        await client.command({ query: `USE ${database}` });
        await client.command({ query: `SET ${settingsText(settings)}` });
        return client;
    };
    try {
        const writer = await embeddedLane(() => openClient({ max_threads: 1 }));
        const reader = await embeddedLane(() => openClient({ ...readingLimits(), max_threads: 1, readonly: '1' }));
        return {
            writer,
            reader,
            readerSettings: {},
            readsAtOnce: 1,
            close: async () => {
                await writer.close();
                await reader.close();
                engine.close();
            },
        };
    }
    catch (cause) {
        engine.close();
        throw cause;
    }
}
/**
 * An embedded connection that has failed keeps what the failed query had already written, and puts it in front of
 * the next answer: one analyst would see another's rows, and a check for rows would believe them. So a failure ends the
 * connection; the next task opens one, which takes about a millisecond.
 */
async function embeddedLane(open) {
    let current = open();
    await current;
    return {
        run: async (task) => {
            current ??= open();
            const mine = current;
            try {
                return await task(await mine);
            }
            catch (error) {
                if (current === mine)
                    current = undefined;
                await closeQuietly(mine);
                throw error;
            }
        },
        close: async () => {
            if (current !== undefined)
                await (await current).close();
            current = undefined;
        },
    };
}
/** Closing twice is allowed; a client that could not even be opened has nothing to close. */
async function closeQuietly(client) {
    const opened = await client.catch(() => undefined);
    await opened?.close();
}
function serverLane(client) {
    return { run: (task) => task(client), close: () => client.close() };
}
/** The client would print failed statements, and with them rows, past our own log. */
const SILENT = Object.freeze({ level: ClickHouseLogLevel.OFF });
/** chdb declares the plug with the types of the older `@clickhouse/client-common`: the same shapes by another name. */
function plug(connection) {
    return connection;
}
async function loadEmbedded() {
    try {
        const [{ Session }, { createChdbConnection }] = await Promise.all([
            import('chdb'),
            import('chdb/connection'),
        ]);
        return { Session, createChdbConnection };
    }
    catch (cause) {
        throw new TesseraError('chdb_missing', undefined, { cause });
    }
}
async function openServer(url, database) {
    const options = { url, request_timeout: limits.historyTimeoutMs, application: 'tessera', log: SILENT };
    const founder = createClient(options);
    try {
        await founder.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
    }
    finally {
        await founder.close();
    }
    const writer = serverLane(createClient({ ...options, database }));
    const reader = serverLane(createClient({ ...options, database }));
    return {
        writer,
        reader,
        // The server answers after the last row, so that a limit met on the way is an error and not half an answer.
        readerSettings: { ...readingLimits(), wait_end_of_query: 1, readonly: '1' },
        readsAtOnce: limits.sqlAtOnce,
        close: async () => {
            await writer.close();
            await reader.close();
        },
    };
}
/** Bounds of one reading query. `readonly` goes last: once it is set, nothing else can be. */
function readingLimits() {
    return {
        max_execution_time: limits.sqlSecondsMax,
        max_result_rows: String(limits.sqlRowsMax),
        max_result_bytes: String(limits.sqlBytesMax),
        result_overflow_mode: 'throw',
        max_memory_usage: String(limits.sqlMemoryBytesMax),
        // Large groupings and sorts go to disk instead of failing.
        max_bytes_before_external_group_by: String(limits.sqlMemoryBytesMax / 2),
        max_bytes_before_external_sort: String(limits.sqlMemoryBytesMax / 2),
        allow_ddl: 0,
        allow_introspection_functions: 0,
    };
}
function settingsText(settings) {
    return Object.entries(settings)
        .map(([name, value]) => `${name} = '${String(value)}'`)
        .join(', ');
}
//# sourceMappingURL=connection.js.map