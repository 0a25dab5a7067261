import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ClickHouseSettings } from '@clickhouse/client';
import { assert, TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { HistoryTable } from '../../model/effect.ts';
import { historyColumns } from '../../model/history-rows.ts';
import { rowKey } from '../../model/spool-entry.ts';
import type {
  ErasedRows,
  ExpiredRows,
  History,
  HistoryBlock,
  HistoryCopying,
  HistoryMentions,
  HistoryNames,
} from '../../ports/history.ts';
import { type HistoryAddress, type HistoryConnections, type Lane, openConnections } from './connection.ts';
import { copyingOf } from './copy-history.ts';
import { blankMentions, type EraseTarget, eraseRows } from './erase-rows.ts';
import { expireRows } from './expire-rows.ts';
import { applyMigrations, readMigrations } from './migrations.ts';
import { readOnlyStatement } from './read-only.ts';
import { readerStatements } from './reader-user.ts';
import {
  checkTopology,
  createDatabase,
  everyCopyOf,
  type HistoryTopology,
  insertSettings,
  type Placement,
} from './topology.ts';
import { createTurnstile, type Turnstile } from './turnstile.ts';
import { WriteGate } from './write-gate.ts';

export interface ClickHouseHistoryOptions {
  readonly address: HistoryAddress;
  /** See `historyDatabase`. */
  readonly database: string;
  /** One server where it is absent. */
  readonly topology?: HistoryTopology;
  /** Somebody else has made the tables: nothing is created, and so reading is all that this may need the right to. */
  readonly founded?: boolean;
  /** Longest that a server may take to answer. */
  readonly timeoutMs?: number;
  /** Of the user that reads for BI tools, on a server; none is set up where it is absent. */
  readonly readerPassword?: string;
  /** Shared with whoever else reads the same engine. */
  readonly reads?: Turnstile;
}

/** The database of one space: several spaces share a server. */
export function historyDatabase(space: string): string {
  return `${space.replaceAll(/[^A-Za-z0-9_]/g, '_')}_tessera`;
}

/**
 * History on ClickHouse, in process or on a server: the same statements through the same client. A server that is away
 * is found on first use, so that an engine starts without it.
 */
export async function openClickHouseHistory(options: ClickHouseHistoryOptions): Promise<History> {
  const { address, database, topology = { kind: 'single' }, timeoutMs, founded = false } = options;
  checkTopology(topology);
  const connections = await openConnections(address, database, timeoutMs);
  const turnstile = options.reads ?? createTurnstile(connections.readsAtOnce, limits.sqlWaitingMax);
  return new ClickHouseHistory({
    connections,
    placement: { topology, database },
    turnstile,
    founded,
    embedded: address.kind === 'chdb',
    readerPassword: address.kind === 'chdb' ? undefined : options.readerPassword,
  });
}

interface HistoryParts {
  readonly connections: HistoryConnections;
  readonly placement: Placement;
  readonly turnstile: Turnstile;
  readonly founded: boolean;
  /** In this process. */
  readonly embedded: boolean;
  readonly readerPassword: string | undefined;
}

class ClickHouseHistory implements History {
  readonly #parts: HistoryParts;
  readonly #gate = new WriteGate();
  readonly copying: HistoryCopying | undefined;
  /** Settles once the tables are there; undefined before that was tried, and after whatever puts it in doubt. */
  #tables: Promise<InsertSettings> | undefined;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    const { connections, placement, embedded } = parts;
    if (embedded) this.copying = copyingOf(this.#gate, connections.writer, placement.database);
  }

  async migrate(): Promise<void> {
    await this.#ready();
  }

  async insert(block: HistoryBlock, token: string): Promise<void> {
    const settings = await this.#ready();
    try {
      const { writer } = this.#parts.connections;
      await unlessUnavailable(() => this.#gate.pass(() => insert(writer, { block, token, settings })));
    } catch (error) {
      // Perhaps the server has come back without them.
      this.#tables = undefined;
      throw error;
    }
  }

  async present(
    table: HistoryTable,
    partition: number,
    firstSeq: number,
    lastSeq: number,
  ): Promise<ReadonlySet<string>> {
    await this.#ready();
    const { connections, placement } = this.#parts;
    const source = everyCopyOf(table, placement);
    return await unlessUnavailable(() =>
      present(connections.writer, source, { partition, firstSeq, lastSeq }),
    );
  }

  async query(sql: string, format: string): Promise<string> {
    const statement = readOnlyStatement(sql, format);
    const { connections, turnstile } = this.#parts;
    await this.#ready();
    return await turnstile(async () => {
      try {
        const text = `${statement.text}\nFORMAT ${statement.format}`;
        return await read(connections.reader, text, connections.readerSettings);
      } catch (cause) {
        throw readingError(cause);
      }
    });
  }

  async blank(mentions: HistoryMentions): Promise<void> {
    await this.#ready();
    await this.#change(() => blankMentions(this.#changes, this.#parts.placement, mentions));
  }

  async erase(names: HistoryNames): Promise<ErasedRows> {
    await this.#ready();
    return await this.#change(() => eraseRows(this.#changes, this.#parts.placement, names));
  }

  async expire(expired: ExpiredRows, { dry }: { readonly dry: boolean }): Promise<number> {
    await this.#ready();
    return await this.#change(() => expireRows(this.#changes, this.#parts.placement, { expired, dry }));
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    return unlessUnavailable(() => this.#gate.pass(change));
  }

  get #changes(): EraseTarget {
    const { connections, embedded } = this.#parts;
    const { writer } = connections;
    return {
      run: (statement) => run(writer, statement),
      read: (query) => read(writer, query),
      removeFiles: embedded ? (path) => rm(path, { recursive: true, force: true }) : undefined,
    };
  }

  async close(): Promise<void> {
    await this.#parts.connections.close();
  }

  #ready(): Promise<InsertSettings> {
    if (this.#tables !== undefined) return this.#tables;
    if (this.#parts.founded) return Promise.resolve([]);
    const founding = unlessUnavailable(() => found(this.#parts));
    this.#tables = founding;
    founding.catch(() => {
      if (this.#tables === founding) this.#tables = undefined;
    });
    return founding;
  }
}

type InsertSettings = readonly string[];

/** Creates what is missing, and answers what inserts have to say here. */
async function found({ connections, placement, readerPassword }: HistoryParts): Promise<InsertSettings> {
  const { founder, writer } = connections;
  await run(founder, createDatabase(placement));
  await checkEngine(writer, placement);
  await applyMigrations(
    { run: (statement) => run(writer, statement), read: (query) => read(writer, query) },
    await readMigrations(),
    placement,
  );
  if (readerPassword !== undefined) await setUpReader(founder, placement, readerPassword);
  const { topology } = placement;
  if (topology.kind === 'single') return [];
  const replicas = await read(
    writer,
    `SELECT max(replica_num) FROM system.clusters WHERE cluster = '${topology.cluster}' FORMAT TabSeparated`,
  );
  return insertSettings(topology, Number(replicas));
}

/** Whoever asks for a reader and may not make one is told so at the start, and not when the first tool is refused. */
async function setUpReader(founder: Lane, placement: Placement, password: string): Promise<void> {
  const salt = randomBytes(READER_SALT_BYTES).toString('hex');
  try {
    for (const statement of readerStatements(placement, { password, salt })) await run(founder, statement);
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    throw new TesseraError(
      'invalid_config',
      'TESSERA_CLICKHOUSE_READER_PASSWORD: the user of CLICKHOUSE_URL may not make users, roles and settings profiles',
      { cause },
    );
  }
}

const READER_SALT_BYTES = 16;

/** ClickHouse: ACCESS_DENIED, and ACCESS_STORAGE_READONLY where users stand in files alone. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['497', '495'].includes(String(error.code));
}

const ENGINES: Readonly<Record<HistoryTopology['kind'], RegExp>> = Object.freeze({
  single: /^(Shared)?MergeTree$/,
  replicated: /^(Replicated|Shared)MergeTree$/,
  distributed: /^Distributed$/,
});

/** Tables that exist stay as they are: under another topology their rows would be looked for in the wrong place. */
async function checkEngine(writer: Lane, { topology }: Placement): Promise<void> {
  const text = await read(
    writer,
    "SELECT engine FROM system.tables WHERE database = currentDatabase() AND name = 'events' FORMAT TabSeparated",
  );
  const engine = text.trim();
  if (engine === '' || ENGINES[topology.kind].test(engine)) return;
  throw new TesseraError(
    'data_format',
    `history was created with tables of the kind ${engine}, which is not the topology ${topology.kind}`,
  );
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
  // What looks like a date stays the text that it is.
  'input_format_try_infer_dates = 0',
  'input_format_try_infer_datetimes = 0',
  // Rows that were spooled before a table got another column have one value less; the column gets its default.
  'input_format_json_compact_allow_variable_number_of_columns = 1',
].join(', ');

interface Insert {
  readonly block: HistoryBlock;
  readonly token: string;
  readonly settings: InsertSettings;
}

async function insert(writer: Lane, { block, token, settings }: Insert): Promise<void> {
  if (block.lines.length === 0) return;
  assert(/^[\w:.-]+$/.test(token), 'a deduplication token goes into SQL text as it stands');
  const columns = historyColumns[block.table].map((name) => `\`${name}\``).join(', ');
  // The token stands in the statement: given as a client setting it would stay on the embedded session.
  const all = [`insert_deduplication_token = '${token}'`, ...settings, BLOCK_SETTINGS].join(', ');
  const statement = `INSERT INTO ${block.table} (${columns}) SETTINGS ${all} FORMAT JSONCompactEachRow`;
  const body = `${block.lines.join('\n')}\n`;
  await writer.run(async (client) => {
    const { stream } = await client.exec({
      query: statement,
      values: Readable.from([body], { objectMode: false }),
    });
    await textOf(stream);
  });
}

interface SeqRange {
  readonly partition: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

async function present(writer: Lane, source: string, range: SeqRange): Promise<ReadonlySet<string>> {
  const { partition, firstSeq, lastSeq } = range;
  const text = await read(
    writer,
    `SELECT seq, idx, ord FROM ${source} WHERE \`partition\` = ${partition} AND seq BETWEEN ${firstSeq} AND ${lastSeq} FORMAT TabSeparated`,
  );
  const keys = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [seq, index, ordinal] = line.split('\t');
    keys.add(rowKey(Number(seq), Number(index), Number(ordinal)));
  }
  return keys;
}

/** ClickHouse's own errors carry its number; everything else is about reaching it. */
function readingError(cause: unknown): TesseraError {
  const refused = cause instanceof Error && 'code' in cause && /^\d+$/.test(String(cause.code));
  if (!refused) return new TesseraError('history_unavailable', undefined, { cause });
  return new TesseraError('sql_error', cause.message.slice(0, limits.sqlErrorCharactersMax), { cause });
}

async function unlessUnavailable<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (cause) {
    if (cause instanceof TesseraError) throw cause;
    const number = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new TesseraError('history_unavailable', `ClickHouse error ${number}`, { cause });
  }
}

async function run(lane: Lane, query: string): Promise<void> {
  await lane.run((client) => client.command({ query }));
}

async function read(lane: Lane, query: string, settings?: ClickHouseSettings): Promise<string> {
  return await lane.run(async (client) => {
    const { stream } = await client.exec({
      query,
      ...(settings === undefined ? {} : { clickhouse_settings: settings }),
    });
    return await textOf(stream);
  });
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
