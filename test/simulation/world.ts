import { createHash } from 'node:crypto';
import { createMemoryLog, type MemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock, type ManualClock } from '../../src/adapters/memory/manual-clock.ts';
import {
  createMemoryStateStore,
  type MemoryStateStore,
  type PartitionSnapshot,
} from '../../src/adapters/memory/state-store.ts';
import { createEntryCodec, decodeRecord, encodeRecord } from '../../src/codec.ts';
import { Definitions } from '../../src/definitions.ts';
import { EntryCache } from '../../src/entry-cache.ts';
import { TesseraError } from '../../src/errors.ts';
import { combinationKey, facetKey } from '../../src/ingest/facet-key.ts';
import type { Claim, Event, IdentityDirective } from '../../src/model/event.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import type { Combination, Place } from '../../src/model/identity.ts';
import { EMPTY_POLICY, type IdentityPolicy } from '../../src/model/identity-policy.ts';
import { keys } from '../../src/model/keys.ts';
import type { IdentityCommand } from '../../src/model/record.ts';
import { createPipeline } from '../../src/pipeline.ts';
import { StageRunner } from '../../src/runner.ts';
import { Gate, gatedLog, gatedStore } from './gate.ts';
import type { Random } from './random.ts';

export const IDENTITY = 'identity';
export const PEOPLE = ['p0', 'p1', 'p2'] as const;
export const PARTITIONS = [IDENTITY, ...PEOPLE] as const;
const START_MS = 1_700_000_000_000;

const type = (name: string, limit: number, strong: boolean) =>
  ({ type: name, limit, period: 'ever', strong, normalize: 'exact' }) as const;

const identity: IdentityPolicy = {
  ...EMPTY_POLICY,
  types: [
    type('user_id', 1, true),
    type('phone', 5, true),
    type('device_id', 20, false),
    type('anonymous_id', 100, false),
  ],
};

export const features: readonly FeatureDefinition[] = [
  { name: 'views', on: ['product_viewed'], aggregate: 'count', window: 'lifetime' },
  {
    name: 'items',
    on: ['product_viewed'],
    aggregate: 'distinct',
    of: 'properties.item_id',
    window: 'lifetime',
  },
];

export function partitionOf(profile: string): string {
  return PEOPLE[createHash('sha256').update(profile).digest().readUInt32BE(0) % PEOPLE.length] as string;
}

/** Everything of one replica of a stage: its own cache, its own view of the definitions. */
export function makeRunner(options: {
  partition: string;
  log: (partition: string) => MemoryLog;
  store: MemoryStateStore;
  gate: Gate;
  readMax: () => number;
  onPoison?: (cause: unknown) => void;
}): StageRunner {
  const { partition, log, store, gate } = options;
  const definitions = new Definitions({ reportingCurrency: 'CNY' });
  const pipeline = createPipeline({ space: 'sim', dedupKey: 'sim', definitions });
  return new StageRunner({
    partition,
    partitionNumber: PARTITIONS.indexOf(partition as (typeof PARTITIONS)[number]),
    log: gatedLog(log(partition), gate, options.readMax),
    store: gatedStore(store, gate),
    stage: partition === IDENTITY ? pipeline.identity : pipeline.people,
    cache: new EntryCache(createEntryCodec(definitions), 10_000_000),
    decode: decodeRecord,
    encode: encodeRecord,
    routes: {
      identity: IDENTITY,
      profile: partitionOf,
      log: (name) => gatedLog(log(name), gate, options.readMax),
    },
    onCommitted: () => undefined,
    onPoison: (cause) => options.onPoison?.(cause),
  });
}

export interface Worker {
  readonly partition: string;
  runner: StageRunner;
  gate: Gate;
}

/** Simulated logs, slots and workers. The random source decides everything. */
export class World {
  readonly clock: ManualClock = createManualClock(START_MS);
  readonly store: MemoryStateStore = createMemoryStateStore();
  readonly workers: Worker[] = [];
  readonly acked = new Map<string, Event>();
  readonly counts: Record<string, number> = {
    crash: 0,
    rollback: 0,
    resend: 0,
    publishFault: 0,
    conflict: 0,
    routed: 0,
  };
  readonly #logs = new Map<string, MemoryLog>();
  readonly #snapshots = new Map<string, PartitionSnapshot[]>();
  readonly #routes: Map<string, string>[] = [new Map(), new Map()];
  readonly #random: Random;
  faulty = true;

  constructor(random: Random, workersPerPartition: number) {
    this.#random = random;
    for (const partition of PARTITIONS) this.#logs.set(partition, createMemoryLog({ clock: this.clock }));
    for (const partition of PARTITIONS) {
      for (let i = 0; i < workersPerPartition; i++) this.workers.push(this.#newWorker(partition));
    }
  }

  log(partition: string): MemoryLog {
    const log = this.#logs.get(partition);
    if (log === undefined) throw new TesseraError('internal', `no log ${partition}`);
    return log;
  }

  async start(): Promise<void> {
    const record = encodeRecord({ kind: 'definitions', author: 'sim', features, triggers: [], identity });
    for (const partition of PARTITIONS) await this.log(partition).append([record]);
  }

  #newWorker(partition: string): Worker {
    const gate = new Gate();
    const runner = makeRunner({
      partition,
      log: (name) => this.log(name),
      store: this.store,
      gate,
      readMax: () => 1 + this.#random.below(3),
      onPoison: (cause) => this.failures.push(cause),
    });
    return { partition, runner, gate };
  }

  crash(worker: Worker): void {
    const fresh = this.#newWorker(worker.partition);
    worker.gate.dead = true;
    worker.gate = fresh.gate;
    worker.runner = fresh.runner;
    this.counts.crash = (this.counts.crash ?? 0) + 1;
  }

  /** One worker goes on until it touches a port again. */
  async advance(worker: Worker): Promise<void> {
    if (this.faulty && this.#random.chance(0.04)) {
      this.log(this.#random.pick(PARTITIONS)).failNextAppend(this.#random.chance(0.5) ? 'before' : 'after');
      this.counts.publishFault = (this.counts.publishFault ?? 0) + 1;
    }
    const { gate, runner } = worker;
    await gate.release(() => {
      runner
        .step()
        .catch((error: unknown) => {
          if (!(error instanceof TesseraError && error.retryable)) this.failures.push(error);
          else if (error.code === 'commit_conflict') this.counts.conflict = (this.counts.conflict ?? 0) + 1;
        })
        .finally(() => gate.finished());
    });
    this.#remember(worker.partition);
  }

  readonly failures: unknown[] = [];

  /** Keeps a few moments of each slot, for rollbacks to real commits. */
  #remember(partition: string): void {
    const version = this.store.checkpoint(partition)?.seq ?? 0;
    const kept = this.#snapshots.get(partition) ?? [];
    if (kept.length > 0 && (kept.at(-1)?.checkpoint?.seq ?? 0) === version) return;
    kept.push(this.store.snapshot(partition));
    if (kept.length > 8) kept.shift();
    this.#snapshots.set(partition, kept);
  }

  /** A slot steps back: state, checkpoint, outbox and high-water marks together. */
  rollback(partition: string): void {
    const kept = this.#snapshots.get(partition);
    if (kept === undefined || kept.length === 0) return;
    const at = this.#random.below(kept.length);
    const snapshot = kept[at];
    if (snapshot === undefined) return;
    this.store.rollback(partition, snapshot);
    this.#snapshots.set(partition, kept.slice(0, at + 1));
    this.counts.rollback = (this.counts.rollback ?? 0) + 1;
  }

  /** Sends an event as ingest does: straight to the facet's place when the combination is known. */
  async send(event: Event): Promise<void> {
    const cache = this.#random.pick(this.#routes);
    const combination = event.combination ?? event.facet;
    const cached = cache.get(combination) ?? (this.#random.chance(0.1) ? undefined : this.#lookUp(event));
    // Sign-ins and sign-outs always pass through identity.
    const known = event.identity === undefined ? cached : undefined;
    try {
      if (known === undefined) await this.log(IDENTITY).append([encodeRecord({ kind: 'event', event })]);
      else {
        // This cache never refreshes: routing must be right whatever it remembers.
        cache.set(combination, known);
        await this.log(partitionOf(known)).append([encodeRecord({ kind: 'routed', profile: known, event })]);
        this.counts.routed = (this.counts.routed ?? 0) + 1;
      }
      this.acked.set(`${event.facet} ${event.id}`, event);
    } catch (error) {
      if (!(error instanceof TesseraError)) throw error;
      // Not acknowledged: the client sends again until it is, and the first try may have arrived.
      await this.send(event);
    }
  }

  /** An operator's action; repeated until it is acknowledged. */
  async command(command: IdentityCommand): Promise<void> {
    try {
      await this.log(IDENTITY).append([encodeRecord({ kind: 'command', author: 'sim', command })]);
      this.counts[command.type] = (this.counts[command.type] ?? 0) + 1;
    } catch (error) {
      if (!(error instanceof TesseraError)) throw error;
      await this.command(command);
    }
  }

  #lookUp(event: Event): string | undefined {
    const codec = createEntryCodec(new Definitions({ reportingCurrency: 'CNY' }));
    const read = <T extends object>(key: string): T | undefined => {
      const [bytes] = this.store.read(IDENTITY, [key]);
      return bytes && (codec.decode(key, bytes) as T);
    };
    const place = read<Place>(keys.place(event.facet));
    if (place === undefined) return undefined;
    const judged =
      event.combination === undefined
        ? place.judged
        : read<Combination>(keys.combination(event.combination)) !== undefined;
    return judged ? place.location : undefined;
  }
}

/** `a1` as identity writes it: `anonymous_id:a1`. */
export function keyOf(name: string): string {
  return `${TYPES[name[0] ?? ''] ?? 'anonymous_id'}:${name}`;
}

const TYPES: Readonly<Record<string, string>> = {
  d: 'device_id',
  a: 'anonymous_id',
  p: 'phone',
  u: 'user_id',
};
const STRENGTH = ['a', 'd', 'p', 'u'];

/** `a1,u2` → an event of that combination, weakest claim first. */
export function makeEvent(
  id: string,
  names: readonly string[],
  at: number,
  directive?: IdentityDirective['type'],
): Event {
  const sorted = [...names].sort(
    (x, y) => STRENGTH.indexOf(x[0] ?? '') - STRENGTH.indexOf(y[0] ?? '') || (x < y ? -1 : 1),
  );
  const claims: Claim[] = sorted.map((name) => {
    const type = TYPES[name[0] ?? ''] ?? 'anonymous_id';
    return { type, hash: name, verified: type === 'user_id' || type === 'phone' };
  });
  const asks: Pick<Event, 'identity'> =
    directive === 'signed_in' || directive === 'signed_out' ? { identity: { type: directive } } : {};
  return {
    id,
    type: 'product_viewed',
    time: at,
    receivedAt: at,
    source: 'sim',
    channel: 'web',
    claims,
    facet: facetKey(claims),
    ...(claims.length > 2 ? { combination: combinationKey(claims) } : {}),
    properties: { item_id: `i${id.length}` },
    ...asks,
  };
}
