import { fileURLToPath } from 'node:url';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import { createMemoryLog, type MemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock, type ManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { createMemoryStateStore, type MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { loadPack } from '../../src/definitions/definitions-pack.ts';
import type { GeneratedItem } from '../../src/generate/outbox.ts';
import { type Admit, createAdmit } from '../../src/ingest/admit.ts';
import { createIdentityIntake, type IdentityIntake } from '../../src/ingest/identity-intake.ts';
import { createLogIntake } from '../../src/ingest/intake.ts';
import { createKeyring } from '../../src/ingest/keyring.ts';
import { createNormalizer } from '../../src/ingest/normalize.ts';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import { createSealer } from '../../src/ingest/seal.ts';
import { closedFacetId, epochOfFacetId, facetKeyOf } from '../../src/model/facet-id.ts';
import { historyColumns } from '../../src/model/history-rows.ts';
import type { Link, Person, Place } from '../../src/model/identity.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { keys } from '../../src/model/keys.ts';
import { type SpooledRow, unpackSpool } from '../../src/model/spool-entry.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import { createEntryCodec, createRecordCodec, encodeRecord } from '../../src/runner/codec.ts';
import { EntryCache } from '../../src/runner/entry-cache.ts';
import { OutcomeBoard } from '../../src/runner/outcome-board.ts';
import { StageRunner } from '../../src/runner/runner.ts';

const ROOT = new URL('../../', import.meta.url);
const PARTITION = 'p0';
/** As much of the state as a small engine would keep decoded. */
const CACHE_BYTES = 64 * 1024 * 1024;
const EVENT_ID = historyColumns.events.indexOf('event_id');
const FACET_ID = historyColumns.events.indexOf('facet_id');
const CHANGE = historyColumns.identity_changes.indexOf('change');
const pack = loadPack(fileURLToPath(new URL('deploy/retail', ROOT)), 'CNY');

/** An event that was applied, and the facet that history says it went into. */
export interface AppliedEvent {
  readonly eventId: string;
  readonly facetId: string;
}

/**
 * The real admission, both stages and the runner on memory adapters, in one process and without sockets: the clock
 * shows when each event arrives. What is folded is let go, so that a long stream needs the memory of its state only.
 */
export class IdentityEngine {
  readonly identifiers: IdentityIntake;
  readonly rejected = new Map<string, number>();
  /** Rows of history by table and kind of change: what identity did. */
  readonly changes = new Map<string, number>();
  readonly #clock: ManualClock;
  readonly #log: MemoryLog;
  readonly #store: MemoryStateStore = createMemoryStateStore();
  readonly #definitions = new Definitions({ reportingCurrency: 'CNY', policy: pack.identity });
  readonly #runner: StageRunner;
  readonly #admit: Admit;
  #spooled = 0;

  constructor() {
    this.#clock = createManualClock(0);
    this.#log = createMemoryLog({ clock: this.#clock });
    const keyring = createKeyring({
      master: Buffer.alloc(32, 7),
      keys: createMemoryKeyStore(),
      space: 'evaluation',
      clock: this.#clock,
    });
    const records = createRecordCodec();
    const board = new OutcomeBoard();
    this.identifiers = createIdentityIntake({
      policy: () => this.#definitions.entry.identity,
      indexKey: keyring.indexKey,
      defaultRegion: 'CN',
    });
    const pipeline = createPipeline({
      space: 'evaluation',
      dedupKey: Buffer.from(keyring.dedupKey).toString('hex'),
      definitions: this.#definitions,
    });
    this.#runner = new StageRunner({
      partition: PARTITION,
      partitionNumber: 0,
      log: this.#log,
      store: this.#store,
      stage: pipeline.fused,
      cache: new EntryCache(createEntryCodec(this.#definitions), CACHE_BYTES),
      decode: records.decode,
      encode: encodeRecord,
      onCommitted: ({ outcomes }) => board.post(outcomes),
    });
    this.#admit = createAdmit({
      normalize: createNormalizer({
        schemas: loadEventSchemas(fileURLToPath(new URL('schemas/events', ROOT))),
        defaultCurrency: 'CNY',
        allowCustomTypes: false,
        sources: {},
      }),
      identifiers: this.identifiers,
      keyring,
      sealer: createSealer(keyring),
      intake: createLogIntake({
        log: this.#log,
        encodeEvent: records.encodeEvent,
        encodeQuarantine: encodeRecord,
      }),
      clock: this.#clock,
      outcomes: board,
      tally: { received: { add: () => undefined }, refused: { add: () => undefined } },
    });
  }

  /** Puts the shipped definitions in force. */
  async start(): Promise<void> {
    await this.#log.append([encodeRecord({ kind: 'definitions', author: 'evaluation', ...pack })]);
  }

  /** Admits events that came with one key, at the arrival of the last one. */
  async take(items: readonly GeneratedItem[]): Promise<void> {
    const last = items.at(-1);
    if (last === undefined) return;
    this.#clock.set(Math.max(last.arrivesAt, this.#clock.now()));
    const { publicKey } = last;
    const { rejected } = await this.#admit({
      items: items.map(({ event }) => {
        const text = JSON.stringify(event);
        // Admission seals in place what it was given, and a repeat is sent as it was the first time.
        return { ok: true, value: JSON.parse(text) as JsonObject, text };
      }),
      decode: (event) => ({ ok: true, event }),
      context: {
        receivedAt: this.#clock.now(),
        source: publicKey ? 'web' : 'server',
        defaultChannel: 'web',
        publicKey,
      },
      origin: { dialect: 'tessera', path: '/v1/events', envelope: {} },
      verified: !publicKey,
      wait: false,
      dryRun: false,
    });
    for (const { code } of rejected) this.rejected.set(code, (this.rejected.get(code) ?? 0) + 1);
  }

  /** Folds everything that was taken; answers which events were applied since the last time. */
  async drain(): Promise<readonly AppliedEvent[]> {
    while (await this.#runner.step());
    await this.#log.trim(this.#log.stats().lastSeq);
    const applied: AppliedEvent[] = [];
    for (const { n, bytes } of this.#store.readSpool(PARTITION, this.#spooled, Number.MAX_SAFE_INTEGER)) {
      this.#spooled = n;
      for (const row of unpackSpool(bytes)) {
        if (row.table === 'events') applied.push(readEvent(row));
        else this.#countChange(row);
      }
    }
    await this.#store.trimSpool(PARTITION, this.#spooled);
    return applied;
  }

  /** Who owns the facet now; history goes on calling a closed facet what it called it before. */
  ownerOf(facetId: string): string | undefined {
    const key = facetKeyOf(facetId);
    const epoch = epochOfFacetId(facetId);
    const open = this.#read<Place>(keys.place(key));
    if (open?.epoch === epoch) return open.owner;
    return this.#read<Place>(keys.place(closedFacetId({ id: key, epoch })))?.owner;
  }

  isStrong(type: string): boolean {
    return this.#definitions.identity.of(type).strong;
  }

  *links(): Generator<Link> {
    yield* this.#scan<Link>('i/');
  }

  *people(): Generator<Person> {
    yield* this.#scan<Person>('g/');
  }

  #countChange({ table, line }: SpooledRow): void {
    if (table === 'merges') this.#add('merged');
    else if (table === 'identity_changes')
      this.#add(String((JSON.parse(line) as readonly unknown[])[CHANGE]));
  }

  #add(change: string): void {
    this.changes.set(change, (this.changes.get(change) ?? 0) + 1);
  }

  #read<T extends object>(key: string): T | undefined {
    const [bytes] = this.#store.read(PARTITION, [key]);
    // The key's prefix says which entry it is, as everywhere in the state.
    return bytes === undefined ? undefined : (this.#codec.decode(key, bytes) as T);
  }

  *#scan<T extends object>(prefix: string): Generator<T> {
    for (const [key, bytes] of this.#store.scan(PARTITION, prefix, '', Number.MAX_SAFE_INTEGER))
      yield this.#codec.decode(key, bytes) as T;
  }

  get #codec() {
    return createEntryCodec(this.#definitions);
  }
}

function readEvent({ line }: SpooledRow): AppliedEvent {
  // Rows are written by this very process, in the order of historyColumns.
  const values = JSON.parse(line) as readonly unknown[];
  return { eventId: String(values[EVENT_ID]), facetId: String(values[FACET_ID]) };
}
