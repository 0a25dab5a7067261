import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { EmbeddedEngine, EmbeddedResult, EmbeddedSession } from './embedded-engine.ts';
import type { FrontRequest, FrontSessionName } from './front-request.ts';
import { quoted, readingSettings, settingText, writingSettings } from './front-settings.ts';
import { type FrontStatement, readFrontStatement } from './front-statement.ts';
import { createTurnstile, type Turnstile } from './turnstile.ts';

export interface FrontAnswer extends EmbeddedResult {
  readonly format: string;
  readonly writtenRows: number;
  readonly writtenBytes: number;
}

export interface FrontQueriesOptions {
  readonly engine: EmbeddedEngine;
  /** Where a client that names no database, or ClickHouse's `default`, finds itself. */
  readonly database: string;
  readonly writable: boolean;
  /** Shared with the engine's own readers: see `HistoryConnections.readsAtOnce`. */
  readonly reads: Turnstile;
}

/** Sessions that a client keeps by name, to go on with what it has set. Only where it may write: readers can set nothing. */
interface KeptSession {
  readonly session: EmbeddedSession;
  busy: boolean;
  /** Forgets it when nobody has asked for so long. */
  timer: NodeJS.Timeout;
}

/**
 * Runs the statements of requests on the embedded ClickHouse, each on a connection of its own, so that its
 * settings end with it: readers one at a time, writers in the order in which they came.
 */
export class FrontQueries {
  readonly #options: FrontQueriesOptions;
  readonly #writes = createTurnstile(1, limits.sqlWaitingMax);
  readonly #kept = new Map<string, KeptSession>();

  constructor(options: FrontQueriesOptions) {
    this.#options = options;
  }

  async run(request: FrontRequest): Promise<FrontAnswer> {
    const { writable, reads } = this.#options;
    const { sql, format, parameters } = request;
    const statement = readFrontStatement({ sql, format, parameters, writable: writable && request.mayWrite });
    const turnstile = statement.kind === 'read' ? reads : this.#writes;
    return await turnstile(async () =>
      request.session !== undefined && writable
        ? await this.#inSession(request, request.session, statement)
        : await this.#alone(request, statement),
    );
  }

  close(): void {
    for (const id of [...this.#kept.keys()]) this.#forget(id);
  }

  async #alone(request: FrontRequest, statement: FrontStatement): Promise<FrontAnswer> {
    const session = this.#options.engine.openSession();
    try {
      await useDatabase(session, this.#databaseOf(request));
      await setParameters(session, request.parameters);
      await setAll(session, settingsOf(request, statement));
      return await run(session, statement);
    } finally {
      session.close();
    }
  }

  /** Settings of the request hold for it alone, those that SET has made stay. */
  async #inSession(
    request: FrontRequest,
    name: FrontSessionName,
    statement: FrontStatement,
  ): Promise<FrontAnswer> {
    const kept = await this.#take(name, request);
    try {
      await setParameters(kept.session, request.parameters);
      const settings = new Map(settingsOf(request, statement));
      // These could never be taken back; the rules of statements hold without them.
      for (const lock of LOCKS) settings.delete(lock);
      const before = await valuesOf(kept.session, settings);
      await setAll(kept.session, settings);
      const answer = await run(kept.session, statement);
      await setAll(kept.session, before);
      return answer;
    } catch (error) {
      // What a failed statement had written would stand in front of the next answer of its connection.
      this.#forget(name.id);
      throw error;
    } finally {
      kept.busy = false;
    }
  }

  async #take(name: FrontSessionName, request: FrontRequest): Promise<KeptSession> {
    const known = this.#kept.get(name.id);
    if (known?.busy === true) throw new TesseraError('history_session', 'this session is in use');
    const expire = (): void => this.#forget(name.id);
    if (known !== undefined) {
      known.busy = true;
      clearTimeout(known.timer);
      known.timer = setTimeout(expire, name.timeoutMs).unref();
      if (request.database !== undefined) await useDatabase(known.session, this.#databaseOf(request));
      return known;
    }
    if (name.mustExist) throw new TesseraError('history_session', 'there is no such session');
    if (this.#kept.size >= limits.historySessionsMax) {
      throw new TesseraError('history_session', 'too many sessions are kept');
    }
    const session = this.#options.engine.openSession();
    const kept = { session, busy: true, timer: setTimeout(expire, name.timeoutMs).unref() };
    this.#kept.set(name.id, kept);
    await useDatabase(session, this.#databaseOf(request));
    return kept;
  }

  #forget(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    clearTimeout(kept.timer);
    kept.session.close();
  }

  /** Clients say `default` when nobody chose; here it would be empty for ever. */
  #databaseOf({ database }: FrontRequest): string {
    return database === undefined || database === 'default' ? this.#options.database : database;
  }
}

const LOCKS: readonly string[] = Object.freeze(['readonly', 'allow_ddl', 'allow_introspection_functions']);

function settingsOf({ settings }: FrontRequest, { kind }: FrontStatement): ReadonlyMap<string, string> {
  return kind === 'read' ? readingSettings(settings) : writingSettings(settings);
}

async function run(session: EmbeddedSession, { text, format, rows }: FrontStatement): Promise<FrontAnswer> {
  const result = await session.run(text, format);
  return { ...result, format, writtenRows: rows, writtenBytes: rows === 0 ? 0 : text.length };
}

async function useDatabase(session: EmbeddedSession, database: string): Promise<void> {
  if (!/^[\w-]{1,128}$/.test(database)) {
    throw new TesseraError('invalid_parameter', 'the database has no plain name');
  }
  await session.run(`USE \`${database}\``, 'Null');
}

/** The value is escaped twice: as text of SQL here, and as ClickHouse's interface has it in the address. */
async function setParameters(
  session: EmbeddedSession,
  parameters: ReadonlyMap<string, string>,
): Promise<void> {
  const named = new Map([...parameters].map(([name, value]) => [`param_${name}`, value]));
  await setAll(session, named);
}

async function setAll(session: EmbeddedSession, settings: ReadonlyMap<string, string>): Promise<void> {
  if (settings.size > 0) await session.run(`SET ${settingText(settings)}`, 'Null');
}

/** What these settings are now. */
async function valuesOf(
  session: EmbeddedSession,
  settings: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  if (settings.size === 0) return settings;
  const names = [...settings.keys()].map(quoted).join(', ');
  const { bytes } = await session.run(
    `SELECT name, value FROM system.settings WHERE name IN (${names})`,
    'JSONCompactEachRow',
  );
  const values = new Map<string, string>();
  for (const line of Buffer.from(bytes).toString('utf8').split('\n')) {
    // Two texts, as the query asks for them.
    const [name, value] = line === '' ? [] : (JSON.parse(line) as [string, string]);
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  return values;
}
