import { appendFile, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import type { Outcomes } from './answer.ts';
import type { ImportPosition, Reject } from './feed.ts';
import type { FileIdentity } from './input.ts';

/** What must be the same for an interrupted import to go on. */
export interface ImportIdentity {
  readonly file: FileIdentity;
  readonly map: string;
  readonly url: string;
  readonly rebase_to: string | null;
}

export interface ImportCounts {
  readonly events: number;
  readonly accepted: number;
  readonly rejected_rows: number;
  readonly rejected_events: number;
  readonly resent: number;
  readonly outcomes: Outcomes;
}

/** The progress file: the acknowledged prefix and everything that describes it, replaced as a whole. */
interface Entry {
  readonly version: 1;
  readonly identity: ImportIdentity;
  readonly shift_ms: number;
  readonly position: ImportPosition;
  readonly rejects_bytes: number;
  readonly counts: ImportCounts;
}

export interface JournalOptions {
  readonly path: string;
  readonly rejectsPath: string;
  readonly identity: ImportIdentity;
  readonly restart: boolean;
}

const NOTHING: ImportCounts = {
  events: 0,
  accepted: 0,
  rejected_rows: 0,
  rejected_events: 0,
  resent: 0,
  outcomes: { applied: 0, duplicate: 0, quarantined: 0, refused: 0 },
};

/**
 * Remembers how far an import has come, and lists what was refused.
 *
 * The side file is written first, then the progress file, which says how long the side file is: after a crash
 * in between, the surplus is cut off and listed again. Losing the newest progress only means sending some
 * events twice, which the engine recognizes, so neither file is flushed.
 */
export class Journal {
  readonly resumed: boolean;
  shiftMs: number;
  position: ImportPosition;
  counts: ImportCounts;
  readonly #options: JournalOptions;
  #rejects: Reject[] = [];
  #rejectsBytes: number;
  #begun: boolean;
  #dirty = false;
  #writing: Promise<void> | undefined;
  #failed = false;

  private constructor(options: JournalOptions, entry: Entry | undefined, first: ImportPosition) {
    this.#options = options;
    this.resumed = entry !== undefined;
    this.#begun = this.resumed;
    this.shiftMs = entry?.shift_ms ?? 0;
    this.position = entry?.position ?? first;
    this.counts = entry?.counts ?? NOTHING;
    this.#rejectsBytes = entry?.rejects_bytes ?? 0;
  }

  /** Picks an interrupted import up, or starts at `first`. Fails when the progress belongs to another import. */
  static async open(options: JournalOptions, first: ImportPosition): Promise<Journal> {
    const entry = options.restart ? undefined : await readEntry(options.path);
    if (entry !== undefined) requireSame(entry.identity, options);
    const journal = new Journal(options, entry, first);
    if (journal.#rejectsBytes === 0) await rm(options.rejectsPath, { force: true });
    else await cutTo(options.rejectsPath, journal.#rejectsBytes);
    if (entry === undefined) await rm(options.path, { force: true });
    return journal;
  }

  /** From here on progress is kept; before it, an interrupted import starts from the beginning. */
  begin(shiftMs: number): void {
    this.shiftMs = shiftMs;
    this.#begun = true;
    this.#touch();
  }

  /** Lists rows that belong to no batch. A promise when the list grows faster than the disk takes it. */
  list(reject: Reject): Promise<void> | undefined {
    this.#rejects.push(reject);
    this.counts = { ...this.counts, rejected_rows: this.counts.rejected_rows + 1 };
    this.#touch();
    return this.#rejects.length < limits.importRejectsQueuedMax ? undefined : this.idle();
  }

  settle(position: ImportPosition, counts: ImportCounts, rejects: readonly Reject[]): void {
    this.position = position;
    this.counts = counts;
    for (const reject of rejects) this.#rejects.push(reject);
    this.#touch();
  }

  /** True when the disk does not keep up, or failed: then `idle` is due before going on. */
  get behind(): boolean {
    return this.#failed || this.#rejects.length >= limits.importRejectsQueuedMax;
  }

  /** Resolves when everything is in the files. Fails with `import_failed` when they cannot be written. */
  async idle(): Promise<void> {
    while (this.#dirty || this.#writing !== undefined) {
      this.#writing ??= this.#writeAll();
      try {
        await this.#writing;
      } finally {
        this.#writing = undefined;
      }
    }
  }

  /** Resolves when nothing is being written any more, whether it could be or not: nobody writes after a failed import. */
  async rest(): Promise<void> {
    await this.#writing?.catch(() => undefined);
  }

  /** The import is complete: nothing is left to resume. */
  async finish(): Promise<void> {
    await this.idle();
    await rm(this.#options.path, { force: true });
  }

  /** One writer at a time; what happens meanwhile is written by its next turn, however much it is. */
  #touch(): void {
    this.#dirty = true;
    if (this.#writing !== undefined) return;
    const writing = this.#writeAll();
    this.#writing = writing;
    writing.then(
      () => {
        if (this.#writing === writing) this.#writing = undefined;
      },
      // Kept in #writing: the next idle() throws it.
      () => {
        this.#failed = true;
      },
    );
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#dirty) {
        this.#dirty = false;
        const lines = this.#rejects.map((reject) => `${JSON.stringify(reject)}\n`).join('');
        this.#rejects = [];
        this.#rejectsBytes += Buffer.byteLength(lines);
        const entry = this.#begun ? JSON.stringify(this.#entry()) : undefined;
        if (lines !== '') await appendFile(this.#options.rejectsPath, lines, { mode: 0o600 });
        if (entry !== undefined) await replaceFile(this.#options.path, entry);
      }
    } catch (cause) {
      throw new TesseraError('import_failed', `Progress cannot be written beside ${this.#options.path}.`, {
        cause,
      });
    }
  }

  #entry(): Entry {
    return {
      version: 1,
      identity: this.#options.identity,
      shift_ms: this.shiftMs,
      position: this.position,
      rejects_bytes: this.#rejectsBytes,
      counts: this.counts,
    };
  }
}

/** Readers see the old or the new file, never half of one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, path);
}

async function readEntry(path: string): Promise<Entry | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new TesseraError('import_failed', `${path} cannot be read.`, { cause });
  }
  const entry = parseEntry(text);
  if (entry === undefined) {
    throw new TesseraError('import_failed', `${path} is not a progress file. Use --restart to begin again.`);
  }
  return entry;
}

/** The file is our own, written as a whole; its version tells whether it has the shape of today. */
function parseEntry(text: string): Entry | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) && value.version === 1 ? (value as unknown as Entry) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function requireSame(before: ImportIdentity, options: JournalOptions): void {
  const now = options.identity;
  const changed = [
    JSON.stringify(before.file) === JSON.stringify(now.file) ? '' : 'the file',
    before.map === now.map ? '' : 'the map',
    before.url === now.url ? '' : 'the address of the engine',
    before.rebase_to === now.rebase_to ? '' : '--rebase-to',
  ].filter((name) => name !== '');
  if (changed.length === 0) return;
  throw new TesseraError(
    'import_failed',
    `${options.path} belongs to an import that was interrupted, and since then ${changed.join(' and ')} changed. Use --restart to begin again.`,
  );
}

async function cutTo(path: string, bytes: number): Promise<void> {
  try {
    if ((await stat(path)).size < bytes)
      throw new TesseraError('import_failed', `${path} is shorter than it was.`);
    await truncate(path, bytes);
  } catch (cause) {
    throw new TesseraError('import_failed', `${path} is gone; use --restart to list rejected rows anew.`, {
      cause,
    });
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
