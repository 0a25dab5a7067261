import {
  type ClickHouseClient,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { openEmbeddedEngine } from './embedded-engine.ts';

/** Where history lives: in this process, in a directory, or on a server. */
export type HistoryAddress =
  | { readonly kind: 'chdb'; readonly path: string; readonly backups?: string }
  | { readonly kind: 'http'; readonly url: string };

/** One client at work: what runs through it may fail without harm to what comes next. */
export interface Lane {
  run<T>(task: (client: ClickHouseClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Two lanes, because one connection runs its queries one after another: an analyst must not hold up inserts.
 * The embedded engine runs a query on a thread of Node's small pool, where commits and file reads wait behind it, so
 * only one reading query at a time may be handed over.
 */
export interface HistoryConnections {
  /** Has no database yet: for founding it. */
  readonly founder: Lane;
  readonly writer: Lane;
  readonly reader: Lane;
  /** Sent along with every reading query; empty where the reader's session has them already. */
  readonly readerSettings: ClickHouseSettings;
  readonly readsAtOnce: number;
  close(): Promise<void>;
}

/** Opens the clients. A server is not asked for anything yet: it may be away. */
export async function openConnections(
  address: HistoryAddress,
  database: string,
  timeoutMs: number = limits.historyTimeoutMs,
): Promise<HistoryConnections> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(database)) {
    throw new TesseraError(
      'invalid_config',
      `the history database cannot be named ${JSON.stringify(database)}`,
    );
  }
  try {
    return address.kind === 'chdb'
      ? await openEmbedded(address, database)
      : openServer(address.url, database, timeoutMs);
  } catch (cause) {
    if (cause instanceof TesseraError) throw cause;
    throw new TesseraError('history_unavailable', 'history cannot be opened', { cause });
  }
}

async function openEmbedded(
  { path, backups }: Extract<HistoryAddress, { kind: 'chdb' }>,
  database: string,
): Promise<HistoryConnections> {
  const engine = await openEmbeddedEngine(path, backups);
  const openClient = async (settings: ClickHouseSettings): Promise<ClickHouseClient> => {
    const client = createClient({ connection: plug(engine.connect()), log: SILENT });
    await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
    await client.command({ query: `USE ${database}` });
    await client.command({ query: `SET ${settingsText(settings)}` });
    return client;
  };
  try {
    const writer = await embeddedLane(() => openClient({ max_threads: 1 }));
    const reader = await embeddedLane(() =>
      openClient({ ...readingLimits(), max_threads: 1, readonly: '1' }),
    );
    return {
      founder: writer,
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
  } catch (cause) {
    engine.close();
    throw cause;
  }
}

/**
 * An embedded connection that has failed keeps what the failed query had already written, and puts it in front of
 * the next answer: one analyst would see another's rows, and a check for rows would believe them. So a failure ends the
 * connection; the next task opens one, which takes about a millisecond.
 */
async function embeddedLane(open: () => Promise<ClickHouseClient>): Promise<Lane> {
  let current: Promise<ClickHouseClient> | undefined = open();
  await current;
  return {
    run: async (task) => {
      current ??= open();
      const mine = current;
      try {
        return await task(await mine);
      } catch (error) {
        if (current === mine) current = undefined;
        await closeQuietly(mine);
        throw error;
      }
    },
    close: async () => {
      if (current !== undefined) await (await current).close();
      current = undefined;
    },
  };
}

/** Closing twice is allowed; a client that could not even be opened has nothing to close. */
async function closeQuietly(client: Promise<ClickHouseClient>): Promise<void> {
  const opened = await client.catch(() => undefined);
  await opened?.close();
}

function serverLane(client: ClickHouseClient): Lane {
  return { run: (task) => task(client), close: () => client.close() };
}

/** The client would print failed statements, and with them rows, past our own log. */
const SILENT = Object.freeze({ level: ClickHouseLogLevel.OFF });

type ClientConnection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>;

/** chdb declares the plug with the types of the older `@clickhouse/client-common`: the same shapes by another name. */
function plug(connection: object): ClientConnection {
  return connection as ClientConnection;
}

function openServer(url: string, database: string, timeoutMs: number): HistoryConnections {
  const options = { url, request_timeout: timeoutMs, application: 'tessera', log: SILENT };
  const founder = serverLane(createClient(options));
  const writer = serverLane(createClient({ ...options, database }));
  const reader = serverLane(createClient({ ...options, database }));
  return {
    founder,
    writer,
    reader,
    // The server answers after the last row, so that a limit met on the way is an error and not half an answer.
    readerSettings: { ...readingLimits(), wait_end_of_query: 1, readonly: '1' },
    readsAtOnce: limits.sqlAtOnce,
    close: async () => {
      await founder.close();
      await writer.close();
      await reader.close();
    },
  };
}

/** Bounds of one reading query. `readonly` goes last: once it is set, nothing else can be. */
function readingLimits(): ClickHouseSettings {
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

function settingsText(settings: ClickHouseSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${String(value)}'`)
    .join(', ');
}
