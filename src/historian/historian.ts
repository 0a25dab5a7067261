import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { HistoryTable } from '../model/effect.ts';
import { sameCursor } from '../model/spool-cursor.ts';
import { positionOf, type RowPosition, rowKey, spooledRows } from '../model/spool-entry.ts';
import type { History } from '../ports/history.ts';
import type { SpoolCursor, SpoolEntry, SpoolStore } from '../ports/state.ts';
import { type Cut, cutSpool } from './spool-cut.ts';
import { SpoolLag } from './spool-lag.ts';

/**
 * Takes the rows of one partition from the spool to history, each exactly once.
 *
 * A range of whole entries, the cut, is written down durably before its first insert; every try inserts the same rows
 * under the same token, and ClickHouse ignores a token that it has seen. Two gaps are left, and both open only
 * after a try whose end nobody saw (a crash, a lost connection). ClickHouse notes a token before it commits the
 * rows: killed in between, it refuses the rows for ever. And a power cut can take the note of a token whose rows
 * are safe. So a repeated cut looks first: rows that are there are not sent again, and rows that are still missing
 * after their token was used go in under a token of their own. The cursor moves on when nothing is missing.
 *
 * A store that other processes use too asks for more. Another historian may believe that the partition is its own: each
 * move of the cursor names the cursor that it starts from, and who loses that comparison starts again from the stored
 * one. And the store may step back (a failover that lost its tail): then other entries come under numbers that were
 * used before. So every cursor that is saved has a name of its own, a cut is read once more after it was written down,
 * and fixed anew where it is not what the spool holds; its token names its content; and history is asked which of the
 * rows it has before every try and after it.
 */
export interface HistorianOptions {
  readonly store: SpoolStore;
  /** Other processes use the store: it may step back, another historian may be at work, and nobody calls `wake`. */
  readonly shared?: boolean;
  readonly history: History;
  /** The partition's name in the spool store; a space is served by one historian per partition. */
  readonly partition: string;
  readonly space: string;
  /** Called with each failed try; the historian goes on by itself. */
  readonly onError: (error: unknown) => void;
  /** Hears that history has everything up to a spool entry. */
  readonly onInserted?: (last: number) => void;
  /** Names each cursor that is saved in a shared store, differently each time. */
  readonly nameCursor?: () => string;
  /** Waits, or returns early when told to stop. Tests bring their own. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface HistorianStats {
  readonly entriesWaiting: number;
  readonly bytesWaiting: number;
  readonly rowsWaiting: number;
  readonly secondsWaiting: number;
  readonly failing: boolean;
  readonly rowsInserted: number;
  readonly rowsRepaired: number;
  readonly failures: number;
}

export interface Historian {
  /** Finishes what the last run left behind, then follows the spool. */
  start(): Promise<void>;
  /** Lets the insert under way finish; what is spooled stays spooled. */
  stop(): Promise<void>;
  /** A commit has put entry `n` of so many bytes into the spool. */
  wake(n: number, bytes: number, rows?: number): void;
  /** Resolves with true once all that was spooled by now is in history, with false if it stops before. */
  drain(): Promise<boolean>;
  /** Resolves with true once spool entry `n`, and so all before it, is in history; with false if it stops before. */
  reach(n: number): Promise<boolean>;
  /** Bytes in the spool: beyond `spoolBytesMax` the runner pauses. */
  spoolLag(): number;
  stats(): HistorianStats;
}

export function createHistorian(options: HistorianOptions): Historian {
  const run = new HistorianRun(options);
  return {
    start: () => run.start(),
    stop: () => run.stop(),
    wake: (n, bytes, rows) => run.wake(n, bytes, rows),
    drain: () => run.reach(run.spooled),
    reach: (n) => run.reach(n),
    spoolLag: () => run.bytesWaiting,
    stats: () => ({
      entriesWaiting: run.spooled - run.done,
      bytesWaiting: run.bytesWaiting,
      rowsWaiting: run.rowsWaiting,
      secondsWaiting: run.lag.seconds(performance.now()),
      failing: run.failing,
      rowsInserted: run.rowsInserted,
      rowsRepaired: run.rowsRepaired,
      failures: run.failures,
    }),
  };
}

/** After these nothing in memory can be trusted. */
const REOPENING: ReadonlySet<string> = new Set(['commit_conflict', 'log_corrupt']);
class HistorianRun {
  readonly #options: HistorianOptions;
  readonly #pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #naming: { readonly prefix: string; readonly byContent: boolean };
  #stopping = new AbortController();
  #loop: Promise<void> | undefined;
  /** Ends the wait for new entries; undefined while nobody waits. */
  #ring: (() => void) | undefined;
  #drains: { readonly upTo: number; readonly resolve: (reached: boolean) => void }[] = [];
  /** The stored cursor, as far as this historian knows; false before it has been read. */
  #cursor: SpoolCursor | undefined | false = false;
  /** The cut under way. */
  #cut: Cut | undefined;
  /** The cut has been tried before: its token may be spoiled, or its rows half there. */
  #repeated = false;
  done = 0;
  spooled = 0;
  bytesWaiting = 0;
  rowsWaiting = 0;
  readonly lag = new SpoolLag();
  failing = false;
  rowsInserted = 0;
  rowsRepaired = 0;
  failures = 0;

  constructor(options: HistorianOptions) {
    this.#options = options;
    this.#pause = options.pause ?? pauseOnClock;
    const prefix = `${options.space}:${options.partition}`;
    this.#naming = { prefix, byContent: options.shared === true };
  }

  async start(): Promise<void> {
    if (this.#loop !== undefined) return;
    this.#stopping = new AbortController();
    this.#cursor = false;
    try {
      await this.#open();
    } catch (error) {
      // A store that is away now is waited for like one that goes away later.
      if (!(error instanceof TesseraError && error.retryable)) throw error;
      this.#failed(error);
    }
    this.#loop = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#ring?.();
    await this.#loop;
    this.#loop = undefined;
    for (const drain of this.#drains.splice(0)) drain.resolve(false);
  }

  wake(n: number, bytes: number, rows = 0): void {
    if (n <= this.spooled) return;
    this.spooled = n;
    this.bytesWaiting += bytes;
    this.rowsWaiting += rows;
    this.lag.add(n, performance.now());
    this.#ring?.();
  }

  reach(n: number): Promise<boolean> {
    if (this.done >= n) return Promise.resolve(true);
    if (this.#stopping.signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => this.#drains.push({ upTo: n, resolve }));
  }

  /** Drops what is in memory and begins where the stored cursor stands. */
  async #open(): Promise<SpoolCursor | undefined> {
    const { store, partition } = this.#options;
    const cursor = await store.cursor(partition);
    this.done = cursor?.done ?? 0;
    this.#resolveDrains();
    await store.trimSpool(partition, this.done);
    await this.#measure();
    this.#cut = undefined;
    this.#cursor = cursor;
    return cursor;
  }

  /** What was spooled before this process began: nobody called `wake` for it. */
  async #measure(): Promise<void> {
    const { store, partition } = this.#options;
    this.spooled = this.done;
    this.bytesWaiting = 0;
    this.rowsWaiting = 0;
    this.lag.drop(this.done);
    for (;;) {
      const entries = await store.readSpool(partition, this.spooled, limits.spoolCutBytesMax);
      for (const entry of entries) this.wake(entry.n, entry.bytes.length, spooledRows(entry.bytes));
      if (entries.length === 0) return;
    }
  }

  /** Cut after cut; after a failure again, with growing pauses, until the historian stops. */
  async #follow(): Promise<void> {
    const signal = this.#stopping.signal;
    let wait: number = limits.historyRetryMs;
    while (!signal.aborted) {
      try {
        const bytes = await this.#round();
        wait = limits.historyRetryMs;
        if (bytes > 0 && bytes < limits.spoolCutBytesMax / 2)
          await this.#pause(limits.historyPauseMs, signal);
      } catch (error) {
        if (error instanceof TesseraError && error.code === 'stopping') return;
        this.#failed(error);
        await this.#pause(wait, signal);
        wait = Math.min(wait * 2, limits.historyRetryMsMax);
      }
    }
  }

  #failed(error: unknown): void {
    this.failures += 1;
    this.failing = true;
    // The cursor is not where this historian left it, or the spool is not what it was.
    if (error instanceof TesseraError && REOPENING.has(error.code)) this.#cursor = false;
    this.#options.onError(error);
  }

  /** Brings one cut to history and answers its bytes; waits and answers 0 while there is none. */
  async #round(): Promise<number> {
    const cursor = this.#cursor === false ? await this.#open() : this.#cursor;
    this.#cut ??= await this.#next(cursor);
    const cut = this.#cut;
    if (cut === undefined) {
      await this.#waitForEntries();
      return 0;
    }
    const repeated = this.#repeated;
    this.#repeated = true;
    await this.#insert(cut, repeated);
    this.#cut = undefined;
    await this.#options.store.trimSpool(this.#options.partition, cut.last);
    return cut.bytes;
  }

  /** The next cut, fixed durably, or undefined while the spool is empty. */
  async #next(cursor: SpoolCursor | undefined): Promise<Cut | undefined> {
    const { store, partition, shared } = this.#options;
    this.#repeated = cursor?.cut !== undefined;
    const begun = cursor?.cut === undefined ? undefined : await this.#readAgain(cursor.cut);
    if (begun !== undefined) return begun;
    const entries = await store.readSpool(partition, this.done, limits.spoolCutBytesMax);
    for (const entry of entries) this.wake(entry.n, entry.bytes.length, spooledRows(entry.bytes));
    const cut = cutSpool(entries, { ...this.#naming, rowsMax: limits.spoolCutRowsMax });
    if (cut === undefined) {
      // A store that stepped back has entries under numbers that this historian believes to be done.
      if (shared && !(await this.#isOurs())) throw this.#conflict();
      return undefined;
    }
    await this.#save({ done: this.done, cut: { first: cut.first, last: cut.last } });
    if (!shared) return cut;
    return (await this.#readAgain(cut)) ?? Promise.reject(this.#conflict());
  }

  async #save(cursor: SpoolCursor): Promise<void> {
    const { store, partition, shared, nameCursor = randomUUID } = this.#options;
    const known = this.#cursor === false ? undefined : this.#cursor;
    const next = shared ? { ...cursor, by: nameCursor() } : cursor;
    if ((await store.saveCursor(partition, next, known)) === 'conflict') {
      throw this.#conflict();
    }
    this.#cursor = next;
  }

  async #isOurs(): Promise<boolean> {
    const { store, partition } = this.#options;
    return this.#cursor !== false && sameCursor(await store.cursor(partition), this.#cursor);
  }

  #conflict(): TesseraError {
    const { partition } = this.#options;
    return new TesseraError('commit_conflict', `another historian moved the cursor of ${partition}`);
  }

  /** What the spool holds of a cut; undefined where a store that stepped back holds other entries than were fixed. */
  async #readAgain(range: { readonly first: number; readonly last: number }): Promise<Cut | undefined> {
    const { store, partition, shared } = this.#options;
    const entries: SpoolEntry[] = [];
    for (let after = this.done; after < range.last; ) {
      const page = await store.readSpool(partition, after, limits.spoolCutBytesMax);
      for (const entry of page) if (entry.n <= range.last) entries.push(entry);
      const last = page.at(-1)?.n;
      if (last === undefined) break;
      after = last;
    }
    const cut = cutSpool(entries, { ...this.#naming, rowsMax: Number.POSITIVE_INFINITY });
    const fits = cut?.first === range.first && cut.last === range.last;
    // What was read belongs to this cursor only while that is the stored one: the store may have stepped back meanwhile.
    if ((shared || !fits) && !(await this.#isOurs())) throw this.#conflict();
    if (fits || shared) return fits ? cut : undefined;
    throw new TesseraError('log_corrupt', `the spool lost entries of the cut ${range.first}-${range.last}`);
  }

  async #insert(cut: Cut, repeated: boolean): Promise<void> {
    const { history, shared } = this.#options;
    // What was begun under the same numbers before the store stepped back may have spoiled its token.
    const { by } = this.#cursor || { by: undefined };
    const name = by === undefined ? cut.name : `${cut.name}:${by}`;
    for (const [table, lines] of cut.tables) {
      const token = `${name}:${table}`;
      // Another historian may have spoiled the token of the very first try.
      if (repeated || shared) await this.#insertMissing(table, lines, token);
      else await history.insert({ table, lines }, token);
    }
    await this.#save({ done: cut.last });
    this.done = cut.last;
    this.bytesWaiting = Math.max(0, this.bytesWaiting - cut.bytes);
    this.rowsWaiting = Math.max(0, this.rowsWaiting - cut.rows);
    this.lag.drop(cut.last);
    this.failing = false;
    this.rowsInserted += cut.rows;
    this.#options.onInserted?.(cut.last);
    this.#resolveDrains();
  }

  #resolveDrains(): void {
    this.#drains = this.#drains.filter(({ upTo, resolve }) => {
      if (upTo <= this.done) resolve(true);
      return upTo > this.done;
    });
  }

  /** The careful way, for a cut that may be in history already, wholly or in part. */
  async #insertMissing(table: HistoryTable, lines: readonly string[], token: string): Promise<void> {
    const { history } = this.#options;
    let missing = await this.#missing(table, lines);
    if (missing.length === lines.length) {
      await history.insert({ table, lines }, token);
      missing = await this.#missing(table, lines);
    }
    if (missing.length > 0) {
      // A server may still be at work on a try that this process has given up: let it come to an end.
      await this.#pause(limits.historyRetryMs, this.#stopping.signal);
      if (this.#stopping.signal.aborted) throw new TesseraError('stopping');
      missing = await this.#missing(table, lines);
    }
    for (let repair = 1; missing.length > 0; repair += 1) {
      if (repair > limits.historyRepairsMax) {
        throw new TesseraError('history_unavailable', `${missing.length} rows of ${token} do not stay`);
      }
      // The number changes because a crash may have spoiled the token of a repair too.
      await history.insert({ table, lines: missing }, `${token}:repair${repair}`);
      const before = missing.length;
      missing = await this.#missing(table, missing);
      this.rowsRepaired += before - missing.length;
    }
  }

  async #missing(table: HistoryTable, lines: readonly string[]): Promise<string[]> {
    const positions = lines.map(positionOf);
    const found = new Map<number, ReadonlySet<string>>();
    for (const [partition, { first, last }] of rangesOf(positions)) {
      found.set(partition, await this.#options.history.present(table, partition, first, last));
    }
    return lines.filter((_line, i) => {
      const at = positions[i];
      return at === undefined || found.get(at.partition)?.has(rowKey(at.seq, at.index, at.ordinal)) !== true;
    });
  }

  async #waitForEntries(): Promise<void> {
    const signal = this.#stopping.signal;
    const { shared } = this.#options;
    // Announced, yet not readable: the entry comes, or the store stepped back and its rows will be announced again.
    if (shared || this.spooled > this.done) await this.#pause(limits.historyPauseMs, signal);
    if (shared || this.spooled > this.done || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#ring = resolve;
    });
    this.#ring = undefined;
  }
}

function rangesOf(positions: readonly RowPosition[]): Map<number, { first: number; last: number }> {
  const ranges = new Map<number, { first: number; last: number }>();
  for (const { partition, seq } of positions) {
    const range = ranges.get(partition);
    if (range === undefined) ranges.set(partition, { first: seq, last: seq });
    else {
      range.first = Math.min(range.first, seq);
      range.last = Math.max(range.last, seq);
    }
  }
  return ranges;
}

async function pauseOnClock(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    // Being woken is the point of the signal; nothing else rejects a timer.
    if (!signal.aborted) throw error;
  });
}
