import { setTimeout as delay } from 'node:timers/promises';
import { TesseraError } from './errors.ts';
import { limits } from './limits.ts';
import type { HistoryTable } from './model/effect.ts';
import { positionOf, type RowPosition, rowKey, unpackSpool } from './model/spool-entry.ts';
import type { History } from './ports/history.ts';
import type { SpoolEntry, SpoolStore } from './ports/state.ts';

/**
 * Takes the rows of one partition from the spool to history, each exactly once.
 *
 * A range of whole entries, the cut, is written down durably before its first insert; every try inserts the same rows
 * under the same token, and ClickHouse ignores a token that it has seen. Two gaps are left, and both open only
 * after a try whose end nobody saw (a crash, a lost connection). ClickHouse notes a token before it commits the
 * rows: killed in between, it refuses the rows for ever. And a power cut can take the note of a token whose rows
 * are safe. So a repeated cut looks first: rows that are there are not sent again, and rows that are still missing
 * after their token was used go in under a token of their own. The cursor moves on when nothing is missing.
 */
export interface HistorianOptions {
  readonly store: SpoolStore;
  readonly history: History;
  /** The partition's name in the spool store; a space is served by one historian per partition. */
  readonly partition: string;
  readonly space: string;
  /** Called with each failed try; the historian goes on by itself. */
  readonly onError: (error: unknown) => void;
  /** Waits, or returns early when told to stop. Tests bring their own. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface HistorianStats {
  readonly entriesWaiting: number;
  readonly bytesWaiting: number;
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
  wake(n: number, bytes: number): void;
  /** Resolves with true once all that was spooled by now is in history, with false if it stops before. */
  drain(): Promise<boolean>;
  /** Resolves with true once spool entry `n`, and so all before it, is in history; with false if it stops before. */
  reach(n: number): Promise<boolean>;
  /** Bytes in the spool: beyond `spoolBytesMax` the runner pauses. */
  spoolLag(): number;
  stats(): HistorianStats;
}

interface Cut {
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly rows: number;
  /** Lines by table, in the order of the spool. */
  readonly tables: ReadonlyMap<HistoryTable, readonly string[]>;
}

export function createHistorian(options: HistorianOptions): Historian {
  const run = new HistorianRun(options);
  return {
    start: () => run.start(),
    stop: () => run.stop(),
    wake: (n, bytes) => run.wake(n, bytes),
    drain: () => run.reach(run.spooled),
    reach: (n) => run.reach(n),
    spoolLag: () => run.bytesWaiting,
    stats: () => ({
      entriesWaiting: run.spooled - run.done,
      bytesWaiting: run.bytesWaiting,
      rowsInserted: run.rowsInserted,
      rowsRepaired: run.rowsRepaired,
      failures: run.failures,
    }),
  };
}

class HistorianRun {
  readonly #options: HistorianOptions;
  readonly #pause: (ms: number, signal: AbortSignal) => Promise<void>;
  #stopping = new AbortController();
  #loop: Promise<void> | undefined;
  /** Ends the wait for new entries; undefined while nobody waits. */
  #ring: (() => void) | undefined;
  #drains: { readonly upTo: number; readonly resolve: (reached: boolean) => void }[] = [];
  done = 0;
  spooled = 0;
  bytesWaiting = 0;
  rowsInserted = 0;
  rowsRepaired = 0;
  failures = 0;

  constructor(options: HistorianOptions) {
    this.#options = options;
    this.#pause = options.pause ?? pauseOnClock;
  }

  async start(): Promise<void> {
    if (this.#loop !== undefined) return;
    this.#stopping = new AbortController();
    const cursor = await this.#options.store.cursor(this.#options.partition);
    this.done = cursor?.done ?? 0;
    await this.#options.store.trimSpool(this.#options.partition, this.done);
    await this.#measure();
    this.#loop = this.#follow(cursor?.cut);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#ring?.();
    await this.#loop;
    this.#loop = undefined;
    for (const drain of this.#drains.splice(0)) drain.resolve(false);
  }

  wake(n: number, bytes: number): void {
    if (n <= this.spooled) return;
    this.spooled = n;
    this.bytesWaiting += bytes;
    this.#ring?.();
  }

  reach(n: number): Promise<boolean> {
    if (this.done >= n) return Promise.resolve(true);
    if (this.#stopping.signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => this.#drains.push({ upTo: n, resolve }));
  }

  /** What was spooled before this process began: nobody called `wake` for it. */
  async #measure(): Promise<void> {
    const { store, partition } = this.#options;
    this.spooled = this.done;
    this.bytesWaiting = 0;
    for (;;) {
      const entries = await store.readSpool(partition, this.spooled, limits.spoolCutBytesMax);
      for (const entry of entries) {
        this.spooled = entry.n;
        this.bytesWaiting += entry.bytes.length;
      }
      if (entries.length === 0) return;
    }
  }

  async #follow(unfinished: { readonly first: number; readonly last: number } | undefined): Promise<void> {
    const signal = this.#stopping.signal;
    let begun = unfinished;
    while (!signal.aborted) {
      const cut = await this.#patiently(async () => await this.#next(begun));
      if (cut === undefined) continue;
      let repeated = begun !== undefined;
      await this.#patiently(async () => {
        const looksFirst = repeated;
        repeated = true;
        await this.#insert(cut, looksFirst);
      });
      if (this.done < cut.last) return;
      begun = undefined;
      await this.#patiently(
        async () => await this.#options.store.trimSpool(this.#options.partition, cut.last),
      );
      if (cut.bytes < limits.spoolCutBytesMax / 2) await this.#pause(limits.historyPauseMs, signal);
    }
  }

  /** Tries again with growing pauses until it works or the historian stops. */
  async #patiently<T>(task: () => Promise<T>): Promise<T | undefined> {
    const signal = this.#stopping.signal;
    for (let wait: number = limits.historyRetryMs; ; wait = Math.min(wait * 2, limits.historyRetryMsMax)) {
      try {
        return await task();
      } catch (error) {
        if (error instanceof TesseraError && error.code === 'stopping') return undefined;
        this.failures += 1;
        this.#options.onError(error);
        await this.#pause(wait, signal);
        if (signal.aborted) return undefined;
      }
    }
  }

  /** The next cut, fixed durably; waits while the spool is empty, and returns undefined when woken. */
  async #next(
    unfinished: { readonly first: number; readonly last: number } | undefined,
  ): Promise<Cut | undefined> {
    const { store, partition } = this.#options;
    if (unfinished !== undefined) return await this.#readAgain(unfinished);
    const entries = await store.readSpool(partition, this.done, limits.spoolCutBytesMax);
    const cut = cutOf(entries);
    if (cut === undefined) {
      await this.#waitForEntries();
      return undefined;
    }
    await store.saveCursor(partition, { done: this.done, cut: { first: cut.first, last: cut.last } });
    return cut;
  }

  async #readAgain(range: { readonly first: number; readonly last: number }): Promise<Cut> {
    const { store, partition } = this.#options;
    const entries: SpoolEntry[] = [];
    for (let after = range.first - 1; after < range.last; ) {
      const page = await store.readSpool(partition, after, limits.spoolCutBytesMax);
      for (const entry of page) if (entry.n <= range.last) entries.push(entry);
      const last = page.at(-1)?.n;
      if (last === undefined) break;
      after = last;
    }
    const cut = cutOf(entries, Number.POSITIVE_INFINITY);
    if (cut?.first !== range.first || cut.last !== range.last) {
      throw new TesseraError('log_corrupt', `the spool lost entries of the cut ${range.first}-${range.last}`);
    }
    return cut;
  }

  async #insert(cut: Cut, looksFirst: boolean): Promise<void> {
    const { store, partition, space, history } = this.#options;
    for (const [table, lines] of cut.tables) {
      const token = `${space}:${partition}:${cut.first}-${cut.last}:${table}`;
      if (looksFirst) await this.#insertMissing(table, lines, token);
      else await history.insert({ table, lines }, token);
    }
    await store.saveCursor(partition, { done: cut.last });
    this.done = cut.last;
    this.bytesWaiting -= cut.bytes;
    this.rowsInserted += cut.rows;
    this.#drains = this.#drains.filter(({ upTo, resolve }) => {
      if (upTo <= cut.last) resolve(true);
      return upTo > cut.last;
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
    // Announced, yet not readable: the entry comes, or the store stepped back and its rows will be announced again.
    if (this.spooled > this.done) await this.#pause(limits.historyPauseMs, signal);
    if (this.spooled > this.done || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#ring = resolve;
    });
    this.#ring = undefined;
  }
}

/** Whole entries from the front of the spool, as many as one block may hold; always at least one. */
function cutOf(entries: readonly SpoolEntry[], rowsMax: number = limits.spoolCutRowsMax): Cut | undefined {
  const first = entries[0];
  if (first === undefined) return undefined;
  const tables = new Map<HistoryTable, string[]>();
  let rows = 0;
  let bytes = 0;
  let last = first.n;
  for (const entry of entries) {
    const unpacked = unpackSpool(entry.bytes);
    if (rows > 0 && rows + unpacked.length > rowsMax) break;
    for (const { table, line } of unpacked) {
      const lines = tables.get(table);
      if (lines === undefined) tables.set(table, [line]);
      else lines.push(line);
    }
    rows += unpacked.length;
    bytes += entry.bytes.length;
    last = entry.n;
  }
  return { first: first.n, last, bytes, rows, tables };
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
