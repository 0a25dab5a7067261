import { createManualClock, type ManualClock } from '../../src/adapters/memory/manual-clock.ts';
import {
  createMemoryStateStore,
  type MemoryStateStore,
  type PartitionSnapshot,
} from '../../src/adapters/memory/state-store.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { TesseraError } from '../../src/errors.ts';
import type { Event } from '../../src/model/event.ts';
import { type Combination, isVerdictOn, type Place } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { unpackSpool } from '../../src/model/spool-entry.ts';
import { createEntryCodec, encodeRecord } from '../../src/runner/codec.ts';
import type { StageRunner } from '../../src/runner/runner.ts';
import { Erasures } from './erasures.ts';
import { Gate } from './gate.ts';
import { HistoryDesk } from './history-desk.ts';
import type { PlantedBug } from './planted-bugs.ts';
import type { Random } from './random.ts';
import { IDENTITY, makeReplica, PARTITIONS, partitionOf, type Unkindness } from './replica.ts';
import { type Fate, SimulatedLog } from './simulated-log.ts';

const START_MS = 1_700_000_000_000;
const WORKERS = 2;
const SNAPSHOTS = 8;
const NUMBERS: ReadonlyMap<string, number> = new Map(PARTITIONS.map((name, number) => [name, number]));

export interface Worker {
  readonly partition: string;
  readonly definitions: Definitions;
  runner: StageRunner;
  gate: Gate;
  /** It found nothing to do, and nothing has happened to its partition since. */
  idle: boolean;
}

/**
 * Simulated logs, slots, network and workers. One random source decides everything, so that a seed repeats a whole
 * run: two workers per partition, each with a view of its own that may be stale; one of them leads and is at work
 * most of the time, the other is the zombie that comes back.
 */
export class World {
  readonly clock: ManualClock = createManualClock(START_MS);
  readonly store: MemoryStateStore = createMemoryStateStore();
  readonly random: Random;
  readonly bug: PlantedBug | undefined;
  /** Acknowledged events by facet and id: what the oracle goes by, and nothing else. */
  readonly acked = new Map<string, Event>();
  readonly counts: Record<string, number> = {};
  /** Errors that no fault explains. */
  readonly failures: unknown[] = [];
  readonly #workers = new Map<string, Worker[]>();
  readonly #logs = new Map<string, SimulatedLog>();
  readonly #snapshots = new Map<string, PartitionSnapshot[]>();
  /** What two nodes of ingest remember of combinations: never refreshed, so routing must be right all the same. */
  readonly #routes: Map<string, string>[] = [new Map(), new Map()];
  /** Not acknowledged: their senders send again until they are. */
  #unanswered: (() => void)[] = [];
  #inFlight = 0;
  /** The historians of one partition; the rows of the others stay in their spools. */
  readonly #desk: HistoryDesk;
  readonly #places = createEntryCodec(new Definitions({ reportingCurrency: 'CNY' }));
  faulty = true;

  constructor(random: Random, bug?: PlantedBug) {
    this.random = random;
    this.bug = bug;
    for (const partition of PARTITIONS) {
      const log = new SimulatedLog(this.clock);
      log.hasty = bug?.acknowledgesBeforeFlush ?? false;
      this.#logs.set(partition, log);
    }
    for (const partition of PARTITIONS) {
      const workers = Array.from({ length: WORKERS }, () => this.#newWorker(partition));
      this.#workers.set(partition, workers);
    }
    this.#desk = new HistoryDesk({
      partition: random.pick(PARTITIONS),
      store: this.store,
      random,
      count: (name) => this.count(name),
      onError: (error) => this.#noteError(error),
      spool: bug?.spool,
    });
  }

  readonly erasures = new Erasures(this);

  get desk(): HistoryDesk {
    return this.#desk;
  }

  count(name: string, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
  }

  log(partition: string): SimulatedLog {
    const log = this.#logs.get(partition);
    if (log === undefined) throw new TesseraError('internal', `no log ${partition}`);
    return log;
  }

  /** The one that leads comes first. */
  workersOf(partition: string): readonly Worker[] {
    return this.#workers.get(partition) ?? [];
  }

  get workers(): Worker[] {
    return [...this.#workers.values()].flat();
  }

  get unanswered(): number {
    return this.#inFlight + this.#unanswered.length;
  }

  /** The lease changes hands while the one that had it is in the middle of something. */
  changeLeader(partition: string): void {
    this.#workers.get(partition)?.reverse();
    this.count('takeover');
  }

  #newWorker(partition: string, definitions = new Definitions({ reportingCurrency: 'CNY' })): Worker {
    const gate = new Gate();
    const unkindness = this.#unkindness();
    const runner = makeReplica({
      partition,
      log: this.log(partition),
      destination: (name) => ({
        append: (records) => gate.append(this.log(name), records, unkindness.fateOfAppend()).then(() => []),
      }),
      store: this.store,
      gate,
      unkindness,
      bug: this.bug,
      definitions,
      onPoison: (cause) => this.failures.push(cause),
    });
    return { partition, definitions, runner, gate, idle: false };
  }

  #unkindness(): Unkindness {
    const { random } = this;
    const fails = (name: string, p: number): void => {
      if (!this.faulty || !random.chance(p)) return;
      this.count(name);
      throw new TesseraError('state_unavailable', `simulated: ${name}`);
    };
    return {
      before: (at) => fails(at === 'commit' ? 'commitFailed' : 'storeFailed', at === 'commit' ? 0.02 : 0.003),
      afterCommit: () => fails('commitUnheard', 0.02),
      fateOfAppend: () => this.fateOfAppend(),
      readMax: () => (random.chance(0.5) ? 1 + random.below(2) : 16),
    };
  }

  fateOfAppend(): Fate {
    if (!this.faulty || !this.random.chance(0.08)) return 'fine';
    const fate = this.random.pick(['lost', 'unheard', 'late'] as const);
    this.count(`append ${fate}`);
    return fate;
  }

  crash(worker: Worker): void {
    this.count('crash');
    this.count(`crash at ${worker.gate.blockedBy === undefined ? worker.gate.at || 'rest' : 'append'}`);
    // Its gate never opens again: whatever it was about to do does not happen.
    Object.assign(worker, this.#newWorker(worker.partition, worker.definitions));
  }

  /** A log's process dies with what it had not flushed. */
  crashLog(partition: string): void {
    const log = this.log(partition);
    if (!log.waiting) return;
    this.count('logCrash');
    this.count('unflushed', log.crash(this.random));
    this.wake(partition);
  }

  flush(partition: string): void {
    this.log(partition).flush();
    this.wake(partition);
  }

  /** Something happened to the partition: its workers have something to look at. */
  wake(partition: string): void {
    for (const worker of this.workersOf(partition)) worker.idle = false;
  }

  /** One worker goes on until it touches a port again. */
  async advance(worker: Worker): Promise<void> {
    const { gate, runner, partition } = worker;
    if (gate.blockedBy !== undefined) {
      const name = PARTITIONS.find((each) => this.log(each) === gate.blockedBy);
      if (name !== undefined) this.flush(name);
      return;
    }
    const before = this.store.checkpoint(partition)?.seq;
    await gate.release(() => {
      worker.idle = false;
      runner
        .step()
        .then((worked) => {
          worker.idle = !worked;
        })
        .catch((error: unknown) => this.#noteError(error))
        .finally(() => gate.finished());
    });
    if (this.store.checkpoint(partition)?.seq === before) return;
    this.wake(partition);
    if (this.random.chance(0.3)) this.#remember(partition);
  }

  #noteError(error: unknown): void {
    if (!(error instanceof TesseraError && error.retryable)) this.failures.push(error);
    else if (error.code === 'commit_conflict') this.count('conflict');
  }

  /** Keeps a few moments of each slot, for rollbacks to real commits. */
  #remember(partition: string): void {
    const kept = this.#snapshots.get(partition) ?? [];
    kept.push(this.store.snapshot(partition));
    if (kept.length > SNAPSHOTS) kept.shift();
    this.#snapshots.set(partition, kept);
  }

  /** A slot steps back: state, checkpoint, outbox and high-water marks together. */
  rollback(partition: string): void {
    const kept = this.#snapshots.get(partition) ?? [];
    const at = this.random.below(kept.length);
    const snapshot = kept[at];
    if (snapshot === undefined || snapshot.checkpoint?.seq === this.store.checkpoint(partition)?.seq) return;
    if (this.#desk.partition === partition) this.#desk.beforeRollback();
    const wanted = this.bug?.rollback?.(snapshot, this.store.snapshot(partition)) ?? snapshot;
    this.store.rollback(partition, wanted);
    this.#snapshots.set(partition, kept.slice(0, at + 1));
    this.wake(partition);
    this.count('rollback');
  }

  /** What no slot can need again goes: everything below the oldest moment that a slot may step back to. */
  trim(partition: string): void {
    const [oldest] = this.#snapshots.get(partition) ?? [];
    if (oldest !== undefined && this.log(partition).trim(oldest.checkpoint?.seq ?? 0)) this.count('trim');
  }

  /** Sends an event as ingest does: straight to the facet's place when the combination is known. */
  send(event: Event): void {
    const cache = this.random.pick(this.#routes);
    const combination = event.combination ?? event.facet;
    const cached = cache.get(combination) ?? (this.random.chance(0.1) ? undefined : this.#lookUp(event));
    // Sign-ins and sign-outs always pass through identity.
    const known = event.identity === undefined ? cached : undefined;
    if (known !== undefined) {
      cache.set(combination, known);
      this.count('routed');
      if (known !== this.#lookUp(event)) this.count('routed stale');
    }
    const partition = known === undefined ? IDENTITY : partitionOf(known);
    const record: LogRecord =
      known === undefined ? { kind: 'event', event } : { kind: 'routed', profile: known, event };
    this.#submit(partition, record, (heard) => {
      if (heard) this.acked.set(`${event.facet} ${event.id}`, event);
      else this.#unanswered.push(() => this.send(event));
    });
  }

  /** Something for the quarantine; repeated until it is acknowledged. */
  keep(partition: string, record: LogRecord): void {
    this.#submit(partition, record, (heard) => {
      if (!heard) this.#unanswered.push(() => this.keep(partition, record));
    });
  }

  /** An operator's action, or new definitions; repeated until it is acknowledged. */
  command(record: LogRecord): void {
    this.#submit(IDENTITY, record, (heard) => {
      if (!heard) this.#unanswered.push(() => this.command(record));
    });
  }

  /** A record of a job: should it not arrive, the job looks again. */
  submit(partition: string, record: LogRecord): void {
    this.#submit(partition, record, () => undefined);
  }

  /** A committed entry, decoded. */
  entry<T extends object>(partition: string, key: string): T | undefined {
    const [bytes] = this.store.read(partition, [key]);
    // The codec answers the type that belongs to the key's prefix.
    return bytes && (this.#places.decode(key, bytes) as T);
  }

  /** All that a look at a partition's state sees, decoded; messages on their way are none of it. */
  entriesOf(partition: string): (readonly [string, object])[] {
    return this.store
      .scan(partition, '', '', 1_000_000)
      .filter(([key]) => !key.startsWith('x/'))
      .map(([key, bytes]) => [key, this.#places.decode(key, bytes)] as const);
  }

  /** What is due becomes a record, as often as anybody looks; what does not arrive is due still. */
  look(partition: string): void {
    for (const { at, profile } of this.due(partition)) {
      this.count('wake');
      this.#submit(partition, { kind: 'wake', profile, at }, () => undefined);
    }
  }

  /** Alarms whose time has come. */
  due(partition: string): readonly { readonly at: number; readonly profile: string }[] {
    return this.store
      .scan(partition, 't/', '', 1_000)
      .map(([key]) => key.split('/'))
      .map(([, at = '', profile = '']) => ({ at: Number(at), profile }))
      .filter(({ at }) => at <= this.clock.now());
  }

  #submit(partition: string, record: LogRecord, answer: (heard: boolean) => void): void {
    this.#inFlight += 1;
    this.log(partition).submit([encodeRecord(record)], this.fateOfAppend(), (error) => {
      this.#inFlight -= 1;
      answer(error === undefined);
    });
  }

  /** The senders that had no acknowledgement send again. */
  retry(): void {
    const waiting = this.#unanswered;
    this.#unanswered = [];
    for (const send of waiting) send();
  }

  /** The rows of a partition, as `table TAB json`: in history, or on their way. */
  historyOf(partition: string): string[] {
    const { history } = this.#desk;
    if (partition === this.#desk.partition) return [...history.rowsOf(NUMBERS.get(partition) ?? -1)];
    return this.store
      .readSpool(partition, 0, Number.MAX_SAFE_INTEGER)
      .flatMap(({ bytes }) => unpackSpool(bytes))
      .map(({ table, line }) => `${table}\t${line}`);
  }

  #lookUp(event: Event): string | undefined {
    const place = this.entry<Place>(IDENTITY, keys.place(event.facet));
    if (place === undefined) return undefined;
    const { combination } = event;
    const verdict =
      combination === undefined
        ? undefined
        : this.entry<Combination>(IDENTITY, keys.combination(combination));
    const judged = combination === undefined ? place.judged : verdict && isVerdictOn(place, verdict);
    if (judged !== true) return undefined;
    return this.bug?.route?.(place) ?? place.location;
  }
}
