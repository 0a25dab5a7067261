import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Environment } from '../../src/adapters/embedded/environment.ts';
import { openKeyStore } from '../../src/adapters/embedded/key-store.ts';
import { type EmbeddedStateStore, openStateStore } from '../../src/adapters/embedded/state-store.ts';
import { historyColumns } from '../../src/model/history-rows.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { unpackSpool } from '../../src/model/spool-entry.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import type { ProfileView } from '../../src/serve/services.ts';
import { createFusedEngine, type FusedEngine } from './fused-engine.ts';

const PARTITION = 'p0';
const PAGE = 10_000;
const FAILURES = { full: 'state_unavailable', failed: 'state_unavailable' } as const;
const CHANGE = historyColumns.identity_changes.indexOf('change');
const LOSER = historyColumns.merges.indexOf('loser');

export interface Books {
  sent: number;
  applied: number;
  duplicate: number;
  quarantined: number;
  refused: number;
}

/**
 * The real admission, both stages and the runner, with state and keys on disk: what is
 * left in memory is what the engine itself needs. Log and history are let go once they are read.
 */
export class AttackRig {
  readonly books: Books = { sent: 0, applied: 0, duplicate: 0, quarantined: 0, refused: 0 };
  /** What identity did, by kind of change. */
  readonly changes = new Map<string, number>();
  /** Codes of events that were not applied. */
  readonly codes = new Map<string, number>();
  merges = 0;
  /** Profiles that nothing may merge into others, and those that it happened to. */
  readonly watched = new Set<string>();
  readonly merged: string[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'tessera-attack-'));
  readonly #environment = new Environment(join(this.#directory, 'state'), FAILURES);
  readonly store: EmbeddedStateStore = openStateStore(this.#environment);
  #engine: FusedEngine | undefined;
  #spooled = 0;

  get engine(): FusedEngine {
    if (this.#engine === undefined) throw new Error('the rig was not started');
    return this.#engine;
  }

  async start(cacheBytes: number): Promise<void> {
    this.#engine = await createFusedEngine({
      stateStore: this.store,
      keyStore: openKeyStore(this.#environment),
      cacheBytes,
      parse: true,
    });
    await this.engine.drain();
  }

  /** Sends the events in one request; whatever becomes of each is in the books afterwards. */
  async send(events: readonly JsonObject[], as: 'secret' | 'write'): Promise<void> {
    const { rejected } = await this.engine.send(events, as, { wait: false });
    this.books.sent += events.length;
    for (const { quarantine_id, code } of rejected) {
      if (quarantine_id !== undefined) continue;
      this.books.refused++;
      count(this.codes, code);
    }
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    for (const { outcomes } of this.engine.committed) {
      for (const { outcome } of outcomes) {
        this.books[outcome.status]++;
        if (outcome.code !== undefined) count(this.codes, outcome.code);
      }
    }
    this.engine.committed.length = 0;
    await this.engine.log.trim(this.engine.log.stats().lastSeq);
    for (const { n, bytes } of await this.store.readSpool(PARTITION, this.#spooled, Infinity)) {
      for (const { table, line } of unpackSpool(bytes)) this.#note(table, line);
      this.#spooled = n;
    }
    await this.store.trimSpool(PARTITION, this.#spooled);
  }

  #note(table: string, line: string): void {
    if (table !== 'identity_changes' && table !== 'merges') return;
    const values = JSON.parse(line) as readonly string[];
    if (table === 'merges') this.#noteMerge(values[LOSER] ?? '');
    else count(this.changes, values[CHANGE] ?? '');
  }

  #noteMerge(loser: string): void {
    this.merges++;
    if (this.watched.has(loser)) this.merged.push(loser);
  }

  async viewOf(type: string, value: string): Promise<ProfileView | undefined> {
    return await this.engine.profiles.byIdentifier(type, value, { reveal: false });
  }

  async ownerOf(type: string, value: string): Promise<string | undefined> {
    return (await this.viewOf(type, value))?.profile_id;
  }

  /** Stored bytes by key, page by page. */
  async *entries(prefix: string): AsyncGenerator<readonly [string, Uint8Array]> {
    for (let after = ''; ; ) {
      const page = await this.store.scan(PARTITION, prefix, after, PAGE);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last[0];
    }
  }

  async *decoded<T extends object>(prefix: string): AsyncGenerator<T> {
    const codec = createEntryCodec(this.engine.definitions);
    // The codec answers the type that belongs to the key's prefix.
    for await (const [key, bytes] of this.entries(prefix)) yield codec.decode(key, bytes) as T;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return (await this.store.read(PARTITION, [key]))[0];
  }

  async close(): Promise<void> {
    await this.store.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

export interface Memory {
  readonly heapMb: number;
  readonly externalMb: number;
  readonly rssMb: number;
}

/** What is alive after a collection. */
export function measureMemory(): Memory {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  const mb = (bytes: number): number => Math.round(bytes / 1024 / 1024);
  return { heapMb: mb(heapUsed), externalMb: mb(external), rssMb: mb(rss) };
}
