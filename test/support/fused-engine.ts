import { fileURLToPath } from 'node:url';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import { createMemoryLog, type MemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock, type ManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { createMemoryStateStore, type MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { Alarms } from '../../src/background/alarms.ts';
import { FUSED } from '../../src/cluster/topology.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { type DefinitionsPack, loadPack } from '../../src/definitions/definitions-pack.ts';
import { createProfileReader, type ProfileReaderOptions } from '../../src/desks/profile-reader.ts';
import { type Admission, type Admit, createAdmit } from '../../src/ingest/admit.ts';
import { createBodyReader } from '../../src/ingest/body.ts';
import { canonical } from '../../src/ingest/dialects/canonical.ts';
import { segment } from '../../src/ingest/dialects/segment.ts';
import { createIdentityIntake } from '../../src/ingest/identity-intake.ts';
import { createLogIntake } from '../../src/ingest/intake.ts';
import { createKeyring } from '../../src/ingest/keyring.ts';
import { createNormalizer } from '../../src/ingest/normalize.ts';
import { createReplay, type QuarantineRow, type ReplayedEvent } from '../../src/ingest/replay-kept.ts';
import { type EventSchemas, loadEventSchemas } from '../../src/ingest/schemas.ts';
import { createSealer, type Sealer } from '../../src/ingest/seal.ts';
import type { Outcome } from '../../src/model/effect.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { IdentityCommand } from '../../src/model/record.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import type { KeyStore } from '../../src/ports/keys.ts';
import type { StateStore } from '../../src/ports/state.ts';
import { createEntryCodec, createRecordCodec, decodeRecord, encodeRecord } from '../../src/runner/codec.ts';
import { createCommands } from '../../src/runner/commands.ts';
import { EntryCache } from '../../src/runner/entry-cache.ts';
import { OutcomeBoard } from '../../src/runner/outcome-board.ts';
import { type CommittedBatch, StageRunner } from '../../src/runner/runner.ts';
import { createStateReader } from '../../src/runner/whole-state.ts';
import type { ProfileReader } from '../../src/serve/services.ts';

const ROOT = new URL('../../', import.meta.url);
const schemas = loadEventSchemas(fileURLToPath(new URL('schemas/events', ROOT)));
export const retailPack = loadPack(fileURLToPath(new URL('deploy/retail', ROOT)), 'CNY');

/** 2026-11-21 10:00 UTC, when nothing else is said. */
export const START_MS = Date.UTC(2026, 10, 21, 10);
const PARTITION = 'p0';

export interface Sending {
  /** False: what became of the events is not in the answer, and may take as long as it takes. */
  readonly wait?: boolean;
}

export interface FusedEngine {
  readonly clock: ManualClock;
  readonly log: MemoryLog;
  readonly store: MemoryStateStore;
  readonly profiles: ProfileReader;
  /** How readers of profiles find identifiers and open what is sealed. */
  readonly opening: Pick<ProfileReaderOptions, 'indexOf' | 'open'>;
  /** Opens what quarantine keeps. */
  readonly sealer: Pick<Sealer, 'openQuarantined'>;
  /** Sends kept events on their way again, and folds them. */
  replay(rows: readonly QuarantineRow[], dryRun?: boolean): Promise<readonly ReplayedEvent[]>;
  readonly definitions: Definitions;
  /** Everything that was committed, in order. */
  readonly committed: CommittedBatch[];
  /** Admits the events as a secret key (verified) or a write key, and folds them. */
  send(events: readonly JsonObject[], as?: 'secret' | 'write', sending?: Sending): Promise<Admission>;
  /** What an operator asks for, folded. */
  command(command: IdentityCommand): Promise<Outcome>;
  /** Folds whatever the log holds; answers how many rounds that took. */
  drain(): Promise<number>;
  /** Rings every alarm that is due by now, and those that these set; answers how many rang. */
  ring(): Promise<number>;
  /** Key → base64 of all state entries. */
  state(): Map<string, string>;
  /** Rows of the spool as text, in order. */
  rows(): string;
}

export interface FusedOptions {
  readonly log?: MemoryLog;
  readonly clock?: ManualClock;
  readonly pack?: DefinitionsPack;
  /** Parse every record instead of taking it over from admission. */
  readonly parse?: boolean;
  readonly cacheBytes?: number;
  readonly allowCustomTypes?: boolean;
  /** Others than the shipped ones. */
  readonly schemas?: EventSchemas;
  /** Where state goes instead of into memory; `store`, `state` and `rows` of the engine are empty then. */
  readonly stateStore?: StateStore;
  readonly keyStore?: KeyStore;
}

/** The fused form on memory adapters: the real admission, stages, runner and reader, without sockets and disks. */
export async function createFusedEngine(options: FusedOptions = {}): Promise<FusedEngine> {
  const clock = options.clock ?? createManualClock(START_MS);
  const log = options.log ?? createMemoryLog({ clock });
  const memory = createMemoryStateStore();
  const store = options.stateStore ?? memory;
  const pack = options.pack ?? retailPack;
  // In force from the start: events may be admitted before the record of the definitions is folded.
  const definitions = new Definitions({ reportingCurrency: 'CNY', policy: pack.identity });
  const keyring = createKeyring({
    master: Buffer.alloc(32, 7),
    keys: options.keyStore ?? createMemoryKeyStore(),
    space: 'test',
    clock,
  });
  const dedupKey = Buffer.from(keyring.dedupKey).toString('hex');
  const pipeline = createPipeline({ space: 'test', dedupKey, definitions });
  const board = new OutcomeBoard();
  const committed: CommittedBatch[] = [];
  const records = createRecordCodec();
  const runner = new StageRunner({
    partition: PARTITION,
    partitionNumber: 0,
    log,
    store,
    stage: pipeline.fused,
    cache: new EntryCache(createEntryCodec(definitions), options.cacheBytes ?? 10_000_000),
    decode: options.parse ? decodeRecord : records.decode,
    encode: encodeRecord,
    onCommitted(batch) {
      committed.push(batch);
      board.post(batch.outcomes);
    },
  });
  const identifiers = createIdentityIntake({
    policy: () => definitions.entry.identity,
    indexKey: keyring.indexKey,
    defaultRegion: 'CN',
  });
  const sealer = createSealer(keyring);
  const intake = createLogIntake({
    log,
    encodeEvent: records.encodeEvent,
    encodeQuarantine: encodeRecord,
  });
  const tally = { received: { add: () => undefined }, refused: { add: () => undefined } };
  const taking = {
    normalize: createNormalizer({
      schemas: options.schemas ?? schemas,
      defaultCurrency: 'CNY',
      allowCustomTypes: options.allowCustomTypes ?? true,
      sources: {},
    }),
    identifiers,
    keyring,
    sealer,
    clock,
    outcomes: board,
    tally,
  };
  const admit: Admit = createAdmit({ ...taking, intake });
  const opening: FusedEngine['opening'] = {
    indexOf(type, value) {
      const claim = identifiers.find(type, value);
      return 'code' in claim ? undefined : { type: claim.type, hash: claim.hash };
    },
    open: (facet, path, sealed) => sealer.open({ facet, path }, sealed),
  };
  const profiles = createProfileReader({
    state: createStateReader(store, FUSED),
    codec: createEntryCodec(definitions),
    definitions,
    now: () => clock.now(),
    ...opening,
  });
  const replay = createReplay({
    dialects: [canonical, segment],
    bodies: createBodyReader(),
    ...taking,
    admitting: (to) => createAdmit({ ...taking, intake: to }),
    intake,
  });
  const commands = createCommands({ log, board });
  const drain = async (): Promise<number> => {
    let rounds = 0;
    while (await runner.step()) rounds++;
    return rounds;
  };
  let draining: Promise<number> | undefined;
  /** Folds what the work appends, until it is done and folded: it may wait for that. Works at the same time have one runner. */
  const folded = async <Result>(working: Promise<Result>): Promise<Result> => {
    let done = false;
    const ended = working.then(
      () => undefined,
      () => undefined,
    );
    void ended.then(() => {
      done = true;
    });
    for (let last = false; !last; ) {
      last = done;
      draining ??= drain().finally(() => {
        draining = undefined;
      });
      await draining;
      await new Promise(setImmediate);
    }
    return await working;
  };
  if (options.log === undefined) {
    await log.append([encodeRecord({ kind: 'definitions', author: 'test', ...pack })]);
  }
  return {
    clock,
    log,
    store: memory,
    profiles,
    opening,
    sealer,
    replay: (rows, dryRun = false) => folded(replay(rows, { dryRun })),
    definitions,
    committed,
    drain,
    async ring() {
      const alarms = new Alarms({
        partition: PARTITION,
        store: memory,
        log,
        clock,
        appliedSeq: () => runner.checkpoint?.seq,
        onError: (error) => {
          throw error;
        },
      });
      let rung = 0;
      for (;;) {
        await drain();
        const now = await alarms.look();
        if (now === 0) return rung;
        rung += now;
      }
    },
    async send(events, as = 'secret', { wait = true } = {}) {
      const admitting = admit({
        items: events.map((value) => ({ ok: true, value, text: JSON.stringify(value) })),
        decode: (event) => ({ ok: true, event }),
        context: { receivedAt: clock.now(), source: as, defaultChannel: 'web', publicKey: as === 'write' },
        origin: { dialect: 'tessera', path: '/v1/events', envelope: {} },
        verified: as === 'secret',
        wait,
        dryRun: false,
      });
      return await folded(admitting);
    },
    async command(command) {
      const running = commands.run('ann', command);
      await drain();
      return await running;
    },
    state: () =>
      new Map(
        memory
          .scan(PARTITION, '', '', 1_000_000)
          .map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]),
      ),
    rows: () =>
      memory
        .readSpool(PARTITION, 0, Number.MAX_SAFE_INTEGER)
        .map(({ bytes }) => Buffer.from(bytes).toString('utf8'))
        .join(''),
  };
}

/** Features of a profile by name, as plain values. */
export async function featuresOf(engine: FusedEngine, id: string): Promise<Record<string, unknown>> {
  const view = await engine.profiles.byId(id, { reveal: true });
  return Object.fromEntries(Object.entries(view?.features ?? {}).map(([name, { value }]) => [name, value]));
}
