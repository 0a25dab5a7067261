import { randomUUID } from 'node:crypto';
import { assert, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { droppableUpTo, type SpilledRange, type SpoolCursor, sameCursor } from '../model/spool-cursor.ts';
import type { Log } from '../ports/log.ts';
import type { SharedSpoolStore, SpoolEntry, SpoolStore } from '../ports/state.ts';
import { packEntry, SpilledEntries } from './spilled-entries.ts';

/**
 * While history is away its rows wait in the spool, and a shared store keeps the spool in memory. Past a bound the oldest
 * entries move to a log. The cursor says which are where, so one comparison guards both: entries of a listed range are
 * read from its messages, all later ones from the store.
 *
 * A move is: put a mark of one's own into the cursor, read the entries, append them, list their range in place of the
 * mark, drop them from the store. A crash in between leaves messages in the log that no range lists, and nobody
 * reads them. If the store steps back behind the mark, the mark is gone and the range is not listed: what was
 * read before may not be what lies under these numbers now.
 */
export interface SpillOptions {
  readonly store: SharedSpoolStore;
  /** The spill log of a partition: it holds nothing else, and the moves of one process come one after the other. */
  readonly logOf: (partition: string) => Log;
  /** How many bytes of a partition may stay in the store. */
  readonly bytesMax?: number;
  /** How many bytes one move takes, about. */
  readonly stepBytes?: number;
}

export interface SpillingSpool extends SpoolStore {
  /** Moves some of the oldest entries while there are too many in the store; false when there is nothing to do. */
  relieve(partition: string): Promise<boolean>;
}

export function createSpillingSpool(options: SpillOptions): SpillingSpool {
  return new Spill(options);
}

class Spill implements SpillingSpool {
  readonly #store: SharedSpoolStore;
  readonly #logOf: (partition: string) => Log;
  readonly #bytesMax: number;
  readonly #stepBytes: number;
  readonly #spilled = new Map<string, SpilledEntries>();

  constructor({ store, logOf, bytesMax, stepBytes }: SpillOptions) {
    this.#store = store;
    this.#logOf = logOf;
    this.#bytesMax = bytesMax ?? limits.spoolMemoryBytesMax;
    this.#stepBytes = stepBytes ?? limits.spillStepBytes;
  }

  async readSpool(partition: string, after: number, maxBytes: number): Promise<readonly SpoolEntry[]> {
    let stored = await this.#store.cursor(partition);
    for (let tries = 0; tries < limits.spillTriesMax; tries += 1) {
      const { entries, fromStore } = await this.#read(partition, { stored, after, maxBytes });
      if (!fromStore) return entries;
      // Entries may have moved to the log after the cursor was read: then those before them seem to be missing.
      const now = await this.#store.cursor(partition);
      if (sameCursor(now, stored)) return entries;
      stored = now;
    }
    throw new TesseraError('state_unavailable', `the spool of ${partition} does not come to rest`);
  }

  async cursor(partition: string): Promise<SpoolCursor | undefined> {
    return ownPart(await this.#store.cursor(partition));
  }

  async saveCursor(
    partition: string,
    cursor: SpoolCursor,
    expected: SpoolCursor | undefined,
  ): Promise<'saved' | 'conflict'> {
    for (let tries = 0; tries < limits.spillTriesMax; tries += 1) {
      const stored = await this.#store.cursor(partition);
      if (!sameCursor(ownPart(stored), expected)) return 'conflict';
      const next = withSpill(cursor, stored);
      // Only a move of entries may have come in between; then the own part is as it was.
      if ((await this.#store.saveCursor(partition, next, stored)) === 'conflict') continue;
      if (stored?.spilled !== undefined) await this.#trimLog(partition, stored.spilled, cursor.done);
      return 'saved';
    }
    return 'conflict';
  }

  async trimSpool(partition: string, n: number): Promise<void> {
    await this.#store.trimSpool(partition, n);
  }

  async relieve(partition: string): Promise<boolean> {
    const store = this.#store;
    const before = await store.cursor(partition);
    const after = droppableUpTo(before);
    // What an earlier move left in the store, if it did not come to its end.
    await store.trimSpool(partition, after);
    if ((await store.spoolBytes(partition)) <= this.#bytesMax) return false;
    const last = (await store.readSpool(partition, after, this.#stepBytes)).at(-1)?.n;
    if (last === undefined) return false;
    const mark = randomUUID();
    const marked: SpoolCursor = { ...(before ?? NOTHING), spilling: mark };
    if ((await store.saveCursor(partition, marked, before)) === 'conflict') return true;
    const read = await store.readSpool(partition, after, this.#stepBytes);
    const entries = read.filter(({ n }) => n <= last);
    const first = entries[0]?.n;
    if (first === undefined || entries.at(-1)?.n !== last) return true;
    const appended = await this.#append(partition, entries);
    if (appended === undefined) return true;
    const listed = await this.#list(partition, { first, last, ...appended }, mark);
    if (listed) await store.trimSpool(partition, last);
    return true;
  }

  /** From the log what the cursor lists there, then from the store. */
  async #read(partition: string, { stored, after, maxBytes }: Reading): Promise<Read> {
    const entries: SpoolEntry[] = [];
    let left = maxBytes;
    const take = (some: readonly SpoolEntry[]): void => {
      for (const entry of some) {
        if (left <= 0 || (entries.length > 0 && entry.bytes.byteLength > left)) {
          left = 0;
          return;
        }
        entries.push(entry);
        left -= entry.bytes.byteLength;
      }
    };
    for (const range of stored?.spilled ?? []) {
      const reached = entries.at(-1)?.n ?? after;
      if (range.last > reached && left > 0) take(await this.#spilledOf(partition).read(range, reached, left));
    }
    if (left <= 0) return { entries, fromStore: false };
    const spilledUpTo = stored?.spilled?.at(-1)?.last ?? 0;
    const kept = await this.#store.readSpool(partition, Math.max(after, spilledUpTo), left);
    take(kept);
    return { entries, fromStore: kept.length > 0 };
  }

  /** Undefined when messages of somebody else came in between: the range would not be ours alone. */
  async #append(
    partition: string,
    entries: readonly SpoolEntry[],
  ): Promise<{ readonly fromSeq: number; readonly toSeq: number } | undefined> {
    const positions = await this.#logOf(partition).append(entries.flatMap(packEntry));
    const seqs = [...new Set(positions.map(({ seq }) => seq))];
    const [fromSeq, toSeq] = [seqs[0], seqs.at(-1)];
    assert(fromSeq !== undefined && toSeq !== undefined, 'an append answers positions');
    return toSeq - fromSeq + 1 === seqs.length ? { fromSeq, toSeq } : undefined;
  }

  async #list(partition: string, range: SpilledRange, mark: string): Promise<boolean> {
    for (let tries = 0; tries < limits.spillTriesMax; tries += 1) {
      const stored = await this.#store.cursor(partition);
      if (stored?.spilling !== mark) return false;
      const { spilling: _, ...rest } = stored;
      const ranges = joined(rest.spilled ?? [], range).filter(({ last }) => last > rest.done);
      const next: SpoolCursor = { ...rest, spilled: ranges };
      if ((await this.#store.saveCursor(partition, next, stored)) === 'saved') return true;
    }
    return false;
  }

  /** Keeps some messages behind what history has: the store may step back and list them again. */
  async #trimLog(partition: string, ranges: readonly SpilledRange[], done: number): Promise<void> {
    const next = ranges.find(({ last }) => last > done);
    const unread = next?.fromSeq ?? (ranges.at(-1)?.toSeq ?? 0) + 1;
    const seq = unread - 1 - limits.spillMessagesKept;
    if (seq < 1) return;
    try {
      await this.#logOf(partition).trim(seq);
    } catch (error) {
      // The cursor is saved; a later one trims. Anything that time does not heal is worth an alarm.
      if (!(error instanceof TesseraError && error.retryable)) throw error;
    }
  }

  #spilledOf(partition: string): SpilledEntries {
    let spilled = this.#spilled.get(partition);
    if (spilled === undefined) {
      spilled = new SpilledEntries(this.#logOf(partition));
      this.#spilled.set(partition, spilled);
    }
    return spilled;
  }
}

interface Reading {
  readonly stored: SpoolCursor | undefined;
  readonly after: number;
  readonly maxBytes: number;
}

interface Read {
  readonly entries: readonly SpoolEntry[];
  /** The store was asked and answered entries. */
  readonly fromStore: boolean;
}

/** What the historian knows of the cursor; where there is only a mark or a range it never saved one. */
function ownPart(stored: SpoolCursor | undefined): SpoolCursor | undefined {
  if (stored === undefined) return undefined;
  const { spilled: _ranges, spilling: _mark, ...own } = stored;
  return sameCursor(own, NOTHING) ? undefined : own;
}

const NOTHING: SpoolCursor = { done: 0 };

function withSpill(cursor: SpoolCursor, stored: SpoolCursor | undefined): SpoolCursor {
  const spilled = (stored?.spilled ?? []).filter(({ last }) => last > cursor.done);
  return {
    ...cursor,
    ...(spilled.length === 0 ? {} : { spilled }),
    ...(stored?.spilling === undefined ? {} : { spilling: stored.spilling }),
  };
}

/** One range where the new one follows the last one in the log; in the spool it always does. */
function joined(ranges: readonly SpilledRange[], range: SpilledRange): readonly SpilledRange[] {
  const last = ranges.at(-1);
  if (last === undefined || last.toSeq + 1 !== range.fromSeq) {
    return [...ranges, range];
  }
  return [...ranges.slice(0, -1), { ...last, last: range.last, toSeq: range.toSeq }];
}
