import { assert } from '../errors.ts';
import { limits } from '../limits.ts';
import { conservationRow, countedIn, eventIn, receivedIn } from '../model/conservation.ts';
import type { Effect, HistoryRow, Outcome } from '../model/effect.ts';
import type { ReturnedMessage } from '../model/erasure-records.ts';
import type { FoldContext, MessageNumbers } from '../model/fold.ts';
import type { RowCause } from '../model/history-rows.ts';
import { quarantineIdOf, quarantineRow } from '../model/quarantine-rows.ts';
import type {
  EventMessage,
  LogRecord,
  MessageBody,
  Position,
  RecordPlace,
  StageMessage,
} from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { Stage } from '../pipeline/pipeline.ts';
import type { ConservationLedger } from './conservation-ledger.ts';
import type { EntryCache } from './entry-cache.ts';

export interface AppliedOutcome {
  /** Where ingest, or whoever asked, put the record. */
  readonly position: RecordPlace;
  readonly outcome: Outcome;
  /** The outcome of an operator's command: no event, so the books of events leave it out. */
  readonly command?: true;
}

/** With the record itself, for those who are told of it in this process. */
export interface ReportedOutcome extends AppliedOutcome {
  readonly record: LogRecord;
}

export interface OutboxEntry {
  readonly destination: string;
  readonly n: number;
  readonly bytes: Uint8Array;
}

/** What one batch has gathered so far. */
export interface Batch {
  readonly outcomes: ReportedOutcome[];
  readonly effects: Effect[];
  readonly rows: HistoryRow[];
  readonly sent: OutboxEntry[];
  readonly taken: Record<string, number>;
  readonly given: Record<string, number>;
  records: number;
}

interface WorkOptions {
  readonly partition: string;
  readonly partitionNumber: number;
  readonly stage: Stage;
  readonly cache: EntryCache;
  readonly ledger: ConservationLedger;
  readonly encode: (record: StageMessage) => Uint8Array;
  readonly routes?: {
    readonly identity: string;
    readonly people: readonly string[];
    readonly profile: (profile: string) => string;
  };
}

const NOTHING: readonly string[] = [];

/** An event on its way, of which whoever waits for it knows where ingest put it. */
function isTravelling(body: MessageBody): body is EventMessage | ReturnedMessage {
  return body.type === 'event' || body.type === 'returned';
}

/**
 * The work that one record causes: its own fold and, in the fused form, the folds of the messages that it
 * sends. One object per runner, begun anew for each record, so that an event costs no closures.
 */
export class RecordWork implements FoldContext {
  readonly view: EntryCache;
  readonly partition: number;
  readonly numbers?: MessageNumbers;
  now: EpochMs = 0;
  position: Position = { seq: 0, index: 0 };
  raw: string | undefined;
  readonly #options: WorkOptions;
  #batch: Batch | undefined;
  #queue: LogRecord[] = [];
  #emitted: LogRecord[] = [];
  #ordinal = 0;
  #unloadable = false;
  /** Where ingest put the event that came as a message. */
  #origin: RecordPlace | undefined;

  constructor(options: WorkOptions) {
    this.#options = options;
    this.view = options.cache;
    this.partition = options.partitionNumber;
    if (options.routes !== undefined) this.numbers = { given: this.#given, raise: this.#raise };
  }

  readonly #given = (): Readonly<Record<string, number>> => ({ ...this.#batch?.given });

  readonly #raise = (given: Readonly<Record<string, number>>): void => {
    const known = this.#batch?.given ?? {};
    for (const [destination, n] of Object.entries(given))
      known[destination] = Math.max(known[destination] ?? 0, n);
  };

  begin(batch: Batch, start: { position: Position; now: EpochMs; raw: string | undefined }): void {
    this.#batch = batch;
    this.#queue = [];
    this.#emitted = [];
    this.#ordinal = 0;
    this.#unloadable = false;
    this.#origin = undefined;
    this.now = start.now;
    this.position = start.position;
    this.raw = start.raw;
    for (const { minute, source, tallies } of this.#options.ledger.turn(this.now))
      this.history(conservationRow({ minute, source, tallies, at: this.now, cause: this.cause() }));
  }

  /** The record is one that the log has, not one that it causes. */
  take(record: LogRecord): void {
    const received = receivedIn(record);
    if (received !== undefined) this.#options.ledger.receive(received, this.now);
  }

  push(record: LogRecord): void {
    this.#queue.push(record);
  }

  next(): LogRecord | undefined {
    return this.#queue.shift();
  }

  /**
   * Entries that the fold will read and that are not in memory, round after round: which links, then whose, then what they
   * own. A record of which that cannot even be said is poison, as is one that throws in its fold.
   */
  needs(record: LogRecord, round: number): readonly string[] {
    try {
      const wanted = this.#options.stage.needs(record, this.view, this.now);
      assert(wanted.length === 0 || round < limits.loadRoundsMax, 'a record is loaded in a few rounds');
      return wanted;
    } catch (error) {
      this.failure = error;
      this.#unloadable = true;
      return NOTHING;
    }
  }

  /** The same before the record's turn, in which a failure will show again. */
  needsAhead(record: LogRecord, now: EpochMs): readonly string[] {
    try {
      return this.#options.stage.needs(record, this.view, now);
    } catch {
      return NOTHING;
    }
  }

  /** False when the fold threw: the record is poison, and what it changed must be dropped. */
  fold(record: LogRecord): boolean {
    if (this.#unloadable) return false;
    let outcome: Outcome | undefined;
    if (record.kind === 'message' && isTravelling(record.body)) this.#origin = record.body.origin;
    try {
      outcome = this.#options.stage.fold(record, this);
    } catch (error) {
      this.failure = error;
      return false;
    }
    if (outcome !== undefined) this.#report(record, outcome);
    if (this.#emitted.length > 0) {
      // Depth first: a move is finished before the event that caused it arrives.
      this.#queue = [...this.#emitted, ...this.#queue];
      this.#emitted = [];
    }
    return true;
  }

  /** What the last poison record threw, for the log of the process. */
  failure: unknown;

  /** Keeps a poison record with its reason instead of folding it. */
  quarantine(record: LogRecord): void {
    const event = eventIn(record);
    const place = `q-${this.partition}-${this.position.seq}-${this.position.index}`;
    const id = event === undefined ? place : quarantineIdOf(event);
    const code = 'internal';
    this.history(
      quarantineRow(
        {
          id,
          source: event?.source ?? 'engine',
          receivedAt: event?.receivedAt ?? this.now,
          code,
          path: '',
          message: 'Folding this record failed.',
          ...(event === undefined ? {} : { eventId: event.id, type: event.type, channel: event.channel }),
          // Canonical events hold personal values only as ciphertext.
          sealed: this.raw ?? JSON.stringify(event ?? record),
        },
        this.cause(),
      ),
    );
    this.#report(record, { status: 'quarantined', code, profileId: '', firings: [] });
  }

  readonly toIdentity = (body: MessageBody): void => {
    const routes = this.#options.routes;
    if (routes === undefined) this.#emitted.push({ kind: 'message', from: '', n: 0, body });
    else this.#send(routes.identity, body);
  };

  readonly toProfile = (profile: string, body: MessageBody): void => {
    const routes = this.#options.routes;
    if (routes === undefined) this.#emitted.push({ kind: 'message', from: '', n: 0, body });
    else this.#send(routes.profile(profile), body);
  };

  readonly toAllPeople = (body: MessageBody): void => {
    for (const partition of this.#options.routes?.people ?? []) this.#send(partition, body);
  };

  readonly effect = (effect: Effect): void => {
    this.#batch?.effects.push(effect);
  };

  readonly history = (row: HistoryRow): void => {
    this.#batch?.rows.push(row);
  };

  readonly cause = (): RowCause => {
    const { seq, index } = this.position;
    return { partition: this.partition, seq, index, ordinal: this.#ordinal++ };
  };

  #report(record: LogRecord, outcome: Outcome): void {
    const position = this.#place();
    const counted = countedIn(record);
    if (counted !== undefined) this.#options.ledger.settle(counted, outcome.status, this.now);
    this.#batch?.outcomes.push(
      record.kind === 'command' || record.kind === 'catalog'
        ? { position, record, outcome, command: true }
        : { position, record, outcome },
    );
  }

  #place(): RecordPlace {
    if (this.#options.routes === undefined) return this.position;
    return this.#origin ?? { ...this.position, partition: this.#options.partition };
  }

  #send(destination: string, content: MessageBody): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    const n = (batch.given[destination] ?? 0) + 1;
    batch.given[destination] = n;
    const body = isTravelling(content) ? { ...content, origin: this.#place() } : content;
    const bytes = this.#options.encode({ kind: 'message', from: this.#options.partition, n, body });
    batch.sent.push({ destination, n, bytes });
  }
}
