import { mkdir } from 'node:fs/promises';
import { TesseraError } from '../../errors.ts';

/** What one statement answered. */
export interface EmbeddedResult {
  readonly bytes: Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly seconds: number;
}

/** A connection of its own to the embedded ClickHouse: what it sets ends with it. Statements run one after another. */
export interface EmbeddedSession {
  run(statement: string, format: string): Promise<EmbeddedResult>;
  close(): void;
}

/** The one ClickHouse of this process, held up until it is closed. */
export interface EmbeddedEngine {
  /** Takes about a millisecond. */
  openSession(): EmbeddedSession;
  /** A connection for `@clickhouse/client` to be plugged into. */
  connect(): object;
  close(): void;
}

/**
 * Engine settings that exist only at start. ClickHouse sizes its caches for a machine of its own (5 GB each); here it is
 * a guest in an engine that promises to stay under 900 MB.
 */
const ENGINE_ARGUMENTS: readonly string[] = Object.freeze([
  '--mark_cache_size=16777216',
  '--index_mark_cache_size=4194304',
  '--primary_index_cache_size=16777216',
  '--compiled_expression_cache_size=1048576',
  '--mmap_cache_size=64',
  '--background_pool_size=1',
]);

/**
 * Opens the directory. Whoever opens the same one again in this process shares the engine. Backups are written to and read
 * from one directory and no other; from none where it is not named.
 */
export async function openEmbeddedEngine(path: string, backups?: string): Promise<EmbeddedEngine> {
  const { Session, createChdbConnection } = await loadDriver();
  await mkdir(path, { recursive: true });
  // The connection plug takes no engine settings, the first session in the process does; later ones share its engine.
  const allowed = backups === undefined ? [] : [`--backups.allowed_path=${backups}`];
  const keeper = new Session(path, { connectionArgs: [...ENGINE_ARGUMENTS, ...allowed] });
  return {
    openSession: () => {
      const session = new Session(path);
      return {
        run: async (statement, format) => {
          const result = await session.queryAsync(statement, { format });
          const { rowsRead, bytesRead, elapsed } = result;
          return { bytes: result.bytes(), rowsRead, bytesRead, seconds: elapsed };
        },
        close: () => session.close(),
      };
    },
    connect: () => createChdbConnection({ path }),
    close: () => keeper.close(),
  };
}

async function loadDriver() {
  try {
    const [{ Session }, { createChdbConnection }] = await Promise.all([
      import('chdb'),
      import('chdb/connection'),
    ]);
    return { Session, createChdbConnection };
  } catch (cause) {
    throw new TesseraError('chdb_missing', undefined, { cause });
  }
}
