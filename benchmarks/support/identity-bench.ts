import { Environment } from '../../src/adapters/embedded/environment.ts';
import { type EmbeddedStateStore, openStateStore } from '../../src/adapters/embedded/state-store.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { TesseraError } from '../../src/errors.ts';
import { createDirectiveMemory } from '../../src/identity/directives.ts';
import { verdict } from '../../src/identity/needs.ts';
import { createIdentityStage, type IdentityStage } from '../../src/identity/stage.ts';
import type { Event } from '../../src/model/event.ts';
import type { FoldContext } from '../../src/model/fold.ts';
import type { Place } from '../../src/model/identity.ts';
import type { IdentityPolicy } from '../../src/model/identity-policy.ts';
import type { LogRecord, MessageBody } from '../../src/model/record.ts';
import type { Loaded } from '../../src/ports/state.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { EntryCache } from '../../src/runner/entry-cache.ts';

const PARTITION = 'p0';
const NOW = Date.UTC(2026, 10, 21, 10);
const COMMIT_EVENTS = 2_000;
const CACHE_BYTES = 64 * 1024 * 1024;

/**
 * The identity stage with a cache and a store, loaded as the runner loads them, and nothing else: messages go nowhere,
 * but for moves, which are confirmed at once.
 */
export class IdentityBench {
  /** Reads of the store. */
  loads = 0;
  readonly #environment: Environment;
  readonly #store: EmbeddedStateStore;
  readonly #cache: EntryCache;
  readonly #stage: IdentityStage;
  readonly #definitions: Definitions;
  readonly #moves: Extract<MessageBody, { type: 'move' }>[] = [];
  readonly #context: { -readonly [Key in keyof FoldContext]: FoldContext[Key] };
  #seq = 0;
  #version = 0;

  constructor(path: string, policy: IdentityPolicy) {
    const codes = { full: 'state_unavailable', failed: 'state_unavailable' } as const;
    this.#environment = new Environment(path, codes);
    this.#store = openStateStore(this.#environment);
    const definitions = new Definitions({ reportingCurrency: 'CNY', policy });
    this.#definitions = definitions;
    this.#cache = new EntryCache(createEntryCodec(definitions), CACHE_BYTES);
    this.#context = {
      view: this.#cache,
      now: NOW,
      partition: 0,
      position: { seq: 0, index: 0 },
      raw: undefined,
      toIdentity: () => undefined,
      toProfile: (_, body) => {
        if (body.type === 'move') this.#moves.push(body);
      },
      toAllPeople: () => undefined,
      effect: () => undefined,
      history: () => undefined,
      cause: () => ({ partition: 0, seq: 0, index: 0, ordinal: 0 }),
    };
    const directives = createDirectiveMemory(({ source, id }) => `${source} ${id}`);
    this.#stage = createIdentityStage({
      policy: () => definitions.identity,
      space: 'bench',
      directives,
      canCredit: () => true,
    });
  }

  /** Decides all of them and keeps what came of it in the store. */
  async fill(events: readonly Event[]): Promise<void> {
    for (let at = 0; at < events.length; at += COMMIT_EVENTS) {
      for (const event of events.slice(at, at + COMMIT_EVENTS)) {
        this.decide(event);
        this.#confirmMoves();
      }
      await this.#commit();
    }
  }

  /** What stands in the cache. */
  verdictOf(event: Event): Place {
    const found = verdict(event, this.#cache, this.#definitions.identity);
    if (found === undefined) throw new TesseraError('internal', 'the combination should be known');
    return found;
  }

  /** What the stage does with an event, up to the message to its profile; nothing of it is kept in the store. */
  decide(event: Event): void {
    this.#moves.length = 0;
    this.#fold({ kind: 'event', event });
  }

  /** Empties the cache, as if nobody of the event had been seen for long. */
  forget(): void {
    this.#cache.clear();
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#environment.close();
  }

  #confirmMoves(): void {
    for (let move = this.#moves.shift(); move !== undefined; move = this.#moves.shift()) {
      const body = { type: 'confirm', move: move.move, at: move.to } as const;
      this.#fold({ kind: 'message', from: '', n: 0, body });
    }
  }

  #fold(record: LogRecord): void {
    for (;;) {
      const wanted = this.#stage.needs(record, this.#cache, NOW);
      if (wanted.length === 0) break;
      this.#load(wanted);
    }
    this.#context.position = { seq: ++this.#seq, index: 0 };
    this.#stage.fold(record, this.#context);
  }

  #load(wanted: readonly string[]): void {
    this.loads++;
    // The embedded store answers at once.
    const loaded = this.#store.load(PARTITION, this.#version, wanted) as Loaded | 'conflict';
    if (loaded === 'conflict') throw new TesseraError('commit_conflict', 'the store was changed by another');
    wanted.forEach((key, i) => {
      this.#cache.fill(key, loaded.values[i]);
    });
    // What is in memory may have changed since it was stored.
    for (const [key, bytes] of loaded.owners) if (!this.#cache.has(key)) this.#cache.fill(key, bytes);
  }

  async #commit(): Promise<void> {
    const version = this.#version + 1;
    const next = { seq: version, digest: 0, version, taken: {}, given: {}, spooled: 0 };
    await this.#store.commit(PARTITION, { expected: this.#version, next, entries: this.#cache.changes() });
    this.#version = version;
    this.#cache.committed();
  }
}
