import { assert, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Effect, HistoryRow } from '../model/effect.ts';
import { keys } from '../model/keys.ts';
import type { LogRecord, Position, StageMessage } from '../model/record.ts';
import { packSpool } from '../model/spool-entry.ts';
import { dayOf, type EpochMs } from '../model/time.ts';
import type { Stage } from '../pipeline/pipeline.ts';
import type { Log, LogMessage, MaybePromise } from '../ports/log.ts';
import type { Checkpoint, Commit, StateStore } from '../ports/state.ts';
import type { DecodedRecord } from './codec.ts';
import { ConservationLedger } from './conservation-ledger.ts';
import type { EntryCache } from './entry-cache.ts';
import { checkpointMoved, type DecodedMessage, decodeAhead, EntryLoader } from './entry-loader.ts';
import { type Batch, type OutboxEntry, RecordWork, type ReportedOutcome } from './record-work.ts';
import { withinBatch } from './within-batch.ts';

/**
 * The stage runner: reads records in order from the checkpoint, loads what they need, folds, publishes the
 * outbox of earlier commits, commits. Everything impure about a stage is here, and it is the same for both
 * stages, for live traffic and for replay.
 *
 * Invariants: a commit succeeds only from the checkpoint its batch started from, so a zombie cannot write;
 * a message between partitions is published only after the commit that gave it its number; the outbox is
 * trimmed only as a prefix, after the destination's log acknowledged.
 */
export interface RunnerOptions {
  /** Name of this partition: source of its messages, key of its checkpoint. */
  readonly partition: string;
  readonly partitionNumber: number;
  readonly log: Log;
  readonly store: StateStore;
  readonly stage: Stage;
  readonly cache: EntryCache;
  readonly ledger?: ConservationLedger;
  readonly decode: (bytes: Uint8Array) => DecodedRecord;
  readonly encode: (record: StageMessage) => Uint8Array;
  /** Where messages go: undefined in the fused form, in which they never leave the fold. */
  readonly routes?: MessageRoutes;
  readonly onCommitted: (batch: CommittedBatch) => void;
  /** A record cannot be folded and will be quarantined: the cause, for the log of the process. */
  readonly onPoison?: (cause: unknown, position: Position) => void;
}

export interface MessageRoutes {
  readonly identity: string;
  /** All partitions of people. */
  readonly people: readonly string[];
  readonly profile: (profile: string) => string;
  /** Log of a partition by name. */
  readonly log: (partition: string) => Log;
}

export interface CommittedBatch {
  readonly records: number;
  readonly outcomes: readonly ReportedOutcome[];
  readonly effects: readonly Effect[];
  /** Rows of history, in the order of the log. */
  readonly rows: readonly HistoryRow[];
  /** What went into the history spool, if anything did. */
  readonly spooled: { readonly n: number; readonly bytes: number; readonly rows: number } | undefined;
  /** The batch holds what the log has behind this message, up to `lastSeq`. */
  readonly afterSeq: number;
  readonly lastSeq: number;
}

const START: Checkpoint = { seq: 0, digest: 0, version: 0, taken: {}, given: {}, spooled: 0 };

const NO_MESSAGES: readonly LogMessage[] = [];

export class StageRunner {
  readonly #options: RunnerOptions;
  #checkpoint: Checkpoint | undefined;
  #sweepBefore = 0;
  #outbox: OutboxEntry[] = [];
  /** Records that could not be folded: quarantined when the batch is folded again. */
  readonly #poison = new Set<string>();
  /** Outbox entries that their log acknowledged since the last commit. */
  #published: ReadonlySet<OutboxEntry> = new Set();
  #failedPublishes = 0;
  readonly #work: RecordWork;
  readonly #loader: EntryLoader;
  readonly #ledger: ConservationLedger;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#ledger = options.ledger ?? new ConservationLedger();
    this.#work = new RecordWork({ ...options, ledger: this.#ledger });
    this.#loader = new EntryLoader(options, this.#work);
  }

  get failedPublishes(): number {
    return this.#failedPublishes;
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  /**
   * One round; answers whether it did anything. After `conflict` or an error nothing is held in memory any
   * more, and the next round starts from the stored checkpoint.
   */
  async step(): Promise<boolean> {
    try {
      const base = this.#checkpoint ?? (await this.#open());
      // While a destination does not take its messages nothing is read on: the outbox is bounded too.
      const full = this.#outbox.length >= limits.outboxMessagesMax;
      const reading = full ? NO_MESSAGES : this.#options.log.read(base.seq, limits.batchMessagesMax);
      const messages = withinBatch(reading instanceof Promise ? await reading : reading);
      if (messages[0] !== undefined && messages[0].seq !== base.seq + 1)
        await this.#refuseGap(base, messages[0]);
      const published = this.#outbox.length > 0 ? await this.#publish() : 0;
      if (messages.length === 0 && published === 0 && !this.#sweepDue) return await this.#steppedBack(base);
      if (this.#sweepDue) await this.#sweep(messages[0]);
      const batch = await this.#fold(base, messages);
      if (batch === undefined) return true;
      return await this.#commit({ base, messages, batch, published });
    } catch (error) {
      this.reset();
      throw error;
    }
  }

  /**
   * Asked when there is nothing to do: a slot that stepped back (a failover that lost its tail) must be noticed
   * without waiting for a commit to conflict, and so must messages that its way forward put into the outbox.
   */
  async #steppedBack(base: Checkpoint): Promise<boolean> {
    // Embedded state belongs to this process alone, and a process does not outlive a power cut.
    if (this.#options.routes === undefined) return false;
    const stored = (await this.#options.store.checkpoint(this.#options.partition))?.seq ?? 0;
    if (stored === base.seq && (await this.#loadOutbox()).length === this.#outbox.length) return false;
    this.reset();
    return true;
  }

  /** Messages that the state still needs are gone: to read on would skip what was acknowledged. */
  async #refuseGap({ seq }: Checkpoint, next: LogMessage): Promise<never> {
    const { store, partition } = this.#options;
    // Another worker is further on, and what it needs no more was trimmed.
    if (((await store.checkpoint(partition))?.seq ?? 0) !== seq) throw checkpointMoved(partition);
    const detail = `partition ${partition} needs message ${seq + 1}, the log goes on with ${next.seq}`;
    throw new TesseraError('log_corrupt', detail);
  }

  /** Has the next round delete deduplication ids of days before this one, which nothing reads any more. */
  requestSweep(beforeDay: number): void {
    this.#sweepBefore = beforeDay;
  }

  get #sweepDue(): boolean {
    return this.#sweepBefore > 0;
  }

  /**
   * A bounded number per round; keys sort by day, so the expired ones come first. What is still to be folded
   * may be older than the request: its own time says which ids it may ask for.
   */
  async #sweep(next: LogMessage | undefined): Promise<void> {
    const { store, partition, cache } = this.#options;
    const needed = next === undefined ? Infinity : dayOf(next.appendedAt - limits.dedupMs);
    this.#sweepBefore = Math.min(this.#sweepBefore, needed);
    const expired = await store.scan(partition, 'd/', '', limits.sweepEntriesMax, `d/${this.#sweepBefore}/`);
    for (const [key] of expired) cache.remove(key);
    if (expired.length < limits.sweepEntriesMax) this.#sweepBefore = 0;
  }

  /** Forgets everything that is not stored. */
  reset(): void {
    this.#checkpoint = undefined;
    this.#outbox = [];
    this.#published = new Set();
    this.#options.cache.clear();
  }

  async #open(): Promise<Checkpoint> {
    const { store, partition, stage, cache } = this.#options;
    this.reset();
    const checkpoint = (await store.checkpoint(partition)) ?? START;
    this.#loader.base = checkpoint.version;
    await this.#verifyLog(checkpoint);
    this.#outbox = await this.#loadOutbox();
    const loaded = await store.load(partition, checkpoint.version, [keys.definitions, keys.ledger]);
    if (loaded === 'conflict') throw checkpointMoved(partition);
    const [definitions, books] = loaded.values;
    cache.fill(keys.definitions, definitions);
    this.#ledger.load(books, checkpoint.seq === 0);
    stage.open(cache);
    this.#checkpoint = checkpoint;
    return checkpoint;
  }

  /**
   * The log must still hold the record that the checkpoint names: otherwise it has lost its tail. What a read answers
   * decides, because statistics may be older than a trim, or than what another node has appended.
   */
  async #verifyLog({ seq, digest }: Checkpoint): Promise<void> {
    if (seq === 0) return;
    const { log, partition } = this.#options;
    const message = await this.#messageAt(seq);
    const { firstSeq, lastSeq } = log.stats();
    if (message === undefined && seq >= firstSeq) {
      throw new TesseraError(
        'log_lost_tail',
        `partition ${partition} has applied message ${seq}, the log ends at ${lastSeq}`,
      );
    }
    if (message?.seq === seq && message.digest !== digest) {
      throw new TesseraError(
        'log_lost_tail',
        `message ${seq} of partition ${partition} is not the one that was applied`,
      );
    }
  }

  /** Another node may have appended and applied it, and this node's log not know yet: asked for what follows, it looks. */
  async #messageAt(seq: number): Promise<LogMessage | undefined> {
    const { log } = this.#options;
    const [known] = await log.read(seq - 1, 1);
    if (known !== undefined) return known;
    await log.read(seq, 1);
    return (await log.read(seq - 1, 1))[0];
  }

  async #loadOutbox(): Promise<OutboxEntry[]> {
    const { store, partition } = this.#options;
    const found: OutboxEntry[] = [];
    let after = '';
    for (;;) {
      const page = await store.scan(partition, 'x/', after, 1_000);
      for (const [key, bytes] of page) {
        const [, destination, n] = key.split('/');
        assert(destination !== undefined && n !== undefined, `outbox key ${key}`);
        found.push({ destination, n: Number(n), bytes });
        after = key;
      }
      if (page.length < 1_000) return found;
    }
  }

  /** Folds whole messages; undefined when a poison record made it drop everything and start again. */
  async #fold(base: Checkpoint, messages: readonly LogMessage[]): Promise<Batch | undefined> {
    const batch: Batch = {
      outcomes: [],
      effects: [],
      rows: [],
      sent: [],
      taken: { ...base.taken },
      given: { ...base.given },
      records: 0,
    };
    const { routes, decode } = this.#options;
    let ahead: DecodedMessage[] = [];
    for (const [at, message] of messages.entries()) {
      // What a fused stage needs lies in its own process, and most of it is known only once an event was judged.
      if (ahead.length === 0 && routes !== undefined) {
        ahead = decodeAhead(messages.slice(at), decode);
        await this.#loader.loadAhead(ahead);
      }
      const decoded = ahead.shift();
      for (const [index, bytes] of message.records.entries()) {
        const known = decoded?.records[index] ?? decode(bytes);
        const folding = this.#foldRecord(
          known,
          { now: message.appendedAt, position: { seq: message.seq, index } },
          batch,
        );
        const poisoned = folding instanceof Promise ? await folding : folding;
        if (poisoned) return undefined;
        batch.records++;
      }
    }
    return batch;
  }

  /** Answers true when the record turned out to be poison. */
  #foldRecord(
    { record, raw }: DecodedRecord,
    place: { now: EpochMs; position: Position },
    batch: Batch,
  ): MaybePromise<boolean> {
    const { now, position } = place;
    if (record.kind === 'message') {
      // Exactly the next one of its source; repeats and what a gap would skip are dropped.
      if (record.n !== (batch.taken[record.from] ?? 0) + 1) return false;
      batch.taken[record.from] = record.n;
    }
    const work = this.#work;
    work.begin(batch, { position, now, raw });
    work.take(record);
    if (this.#poison.has(`${position.seq}.${position.index}`)) {
      work.quarantine(record);
      return false;
    }
    work.push(record);
    return this.#drain();
  }

  /** Folds the record and, in the fused form, every message that it causes. */
  #drain(): MaybePromise<boolean> {
    const work = this.#work;
    for (let item = work.next(); item !== undefined; item = work.next()) {
      const loading = this.#loader.loadFor(item);
      if (loading instanceof Promise) return this.#foldAfter(loading, item);
      if (!work.fold(item)) return this.#rememberPoison();
    }
    return false;
  }

  async #foldAfter(loading: Promise<void>, item: LogRecord): Promise<boolean> {
    await loading;
    return this.#work.fold(item) ? this.#drain() : this.#rememberPoison();
  }

  #rememberPoison(): true {
    const { position, failure } = this.#work;
    this.#poison.add(`${position.seq}.${position.index}`);
    this.#options.onPoison?.(failure, position);
    this.reset();
    return true;
  }

  /** Sends what earlier commits left in the outbox; answers how many from the front were acknowledged. */
  async #publish(): Promise<number> {
    const routes = this.#options.routes;
    assert(routes !== undefined, 'a fused stage has no outbox');
    const waiting = new Map<string, OutboxEntry[]>();
    for (const entry of this.#outbox) {
      const list = waiting.get(entry.destination);
      if (list === undefined) waiting.set(entry.destination, [entry]);
      else list.push(entry);
    }
    const done = new Set<OutboxEntry>();
    for (const [destination, entries] of waiting) {
      try {
        // All of a destination in one call, in order: some of them may arrive though it fails, and all come again.
        await routes.log(destination).append(entries.map(({ bytes }) => bytes));
        for (const entry of entries) done.add(entry);
      } catch (error) {
        if (!(error instanceof TesseraError && error.retryable)) throw error;
        this.#failedPublishes++;
      }
    }
    this.#published = done;
    return done.size;
  }

  async #commit(input: {
    base: Checkpoint;
    messages: readonly LogMessage[];
    batch: Batch;
    published: number;
  }): Promise<boolean> {
    const { base, messages, batch } = input;
    const { store, partition, cache } = this.#options;
    const last = messages.at(-1);
    const entries: Map<string, Uint8Array | null> = cache.changes();
    const booked = this.#ledger.changes();
    if (booked !== undefined) entries.set(keys.ledger, booked);
    for (const entry of this.#published) entries.set(keys.outbox(entry.destination, entry.n), null);
    for (const entry of batch.sent) entries.set(keys.outbox(entry.destination, entry.n), entry.bytes);
    const next: Checkpoint = {
      seq: last?.seq ?? base.seq,
      digest: last?.digest ?? base.digest,
      version: last?.seq ?? base.version,
      taken: batch.taken,
      given: batch.given,
      // A number that the log gives, like the version: a count of batches would depend on how they were cut, and whoever
      // stalled before a slot stepped back would write over the rows of another batch, or leave a gap.
      spooled: batch.rows.length > 0 && last !== undefined ? last.seq : base.spooled,
    };
    const spool = batch.rows.length > 0 ? packSpool(batch.rows) : undefined;
    const commit: Commit = { expected: base.version, next, entries, ...(spool && { spool }) };
    if ((await store.commit(partition, commit)) === 'conflict') {
      throw checkpointMoved(partition);
    }
    cache.committed();
    this.#ledger.committed();
    this.#checkpoint = next;
    this.#loader.base = next.version;
    this.#outbox = [...this.#outbox.filter((entry) => !this.#published.has(entry)), ...batch.sent];
    this.#published = new Set();
    this.#poison.clear();
    const spooled = spool && { n: next.spooled, bytes: spool.byteLength, rows: batch.rows.length };
    this.#options.onCommitted({ ...batch, spooled, afterSeq: base.seq, lastSeq: next.seq });
    return true;
  }
}
