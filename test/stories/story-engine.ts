import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { openExportFiles } from '../../src/adapters/embedded/export-files.ts';
import { AddressRules } from '../../src/adapters/webhook/address-rules.ts';
import { createWebhookSender } from '../../src/adapters/webhook/sender.ts';
import { loadConfig } from '../../src/config.ts';
import type { DefinitionsPack } from '../../src/definitions/definitions-pack.ts';
import { openEmbeddedStorage } from '../../src/engine/embedded-storage.ts';
import { EngineNode } from '../../src/engine/node.ts';
import { openAccess } from '../../src/engine/open-access.ts';
import { openAuditLog } from '../../src/engine/open-audit.ts';
import { openServerStorage } from '../../src/engine/server-storage.ts';
import type { Storage } from '../../src/engine/storage.ts';
import { TesseraError } from '../../src/errors.ts';
import { buildServer } from '../../src/http-role.ts';
import { KeyWrapping } from '../../src/ingest/key-wrapping.ts';
import { createKeyring } from '../../src/ingest/keyring.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { unpackSpool } from '../../src/model/spool-entry.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { createLogger } from '../../src/serve/logger.ts';
import { storageSettings } from '../e2e/support/engine-storage.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';

const SECRET_KEY = `sk_${'0'.repeat(32)}`;
const WRITE_KEY = `wk_${'0'.repeat(32)}`;
/** How often in a row nothing may have moved before everything counts as done. */
const STILL_LOOKS = 3;
const LOOK_MS = 15;

/** A decision as its row in history has it. */
export interface ToldDecision {
  readonly id: string;
  readonly trigger: string;
  readonly profile: string;
  readonly decision: string;
  readonly reason: string;
  readonly channel: string;
  readonly payload: JsonObject;
}

interface Running {
  readonly storage: Storage;
  readonly node: EngineNode;
  readonly app: FastifyInstance;
  readonly catalogVersion: () => number;
}

/**
 * One node as it is shipped, its storage on a data directory or on servers, under a clock that is moved by hand. It keeps no
 * history: what would go there is read where it waits.
 */
export class StoryEngine {
  readonly #directory: string;
  readonly #pack: DefinitionsPack;
  readonly #clock: Clock;
  #running: Running | undefined;
  #catalogVersion = 0;

  constructor(directory: string, { pack, clock }: { readonly pack: DefinitionsPack; readonly clock: Clock }) {
    this.#directory = directory;
    this.#pack = pack;
    this.#clock = clock;
  }

  async start(): Promise<void> {
    mkdirSync(this.#directory, { recursive: true });
    const config = loadConfig({
      env: {
        TESSERA_SECRET_KEY: SECRET_KEY,
        TESSERA_WRITE_KEY: WRITE_KEY,
        TESSERA_ROLES: 'ingest,engine,serve',
        // What recommendations know they know from history, which is not kept here.
        TESSERA_RECOMMEND: '0',
        ...storageSettings(this.#directory),
      },
      flags: { dataDir: this.#directory, port: '0', logLevel: 'warn' },
      readFile: (path) => readFileSync(path),
    });
    const clock = this.#clock;
    const id = randomUUID();
    const logger = createLogger('warn', process.stderr);
    const storage = await (config.natsUrl === undefined
      ? openEmbeddedStorage(config, clock)
      : openServerStorage(config, { clock, logger, node: id }));
    const keyring = createKeyring({
      master: Buffer.alloc(32, 7),
      keys: storage.keys,
      space: config.space,
      clock,
    });
    const audit = await openAuditLog({
      config,
      storage,
      keyring,
      clock,
      logger,
      node: id,
      leads: () => false,
    });
    const master = Buffer.alloc(32, 7);
    const masterKeys = {
      keys: storage.keys,
      wrapping: new KeyWrapping({ master, space: config.space }),
      forgetPrevious: () => undefined,
    };
    const sender = createWebhookSender({ rules: new AddressRules({ allow: [], http: false }) });
    const node = new EngineNode({ id, config, storage, keyring, audit, clock, logger, sender });
    const parts = {
      ...node.httpParts(),
      pack: this.#pack,
      masterKeys,
      exportFiles: openExportFiles(join(config.dataDirectory, 'exports')),
      blind: <Policy>(policy: Policy) => policy,
      register: { all: () => [], add: () => undefined },
    };
    const access = openAccess(config, { secretKey: SECRET_KEY, writeKey: WRITE_KEY }, parts);
    const { app } = await buildServer(config, { parts, access, logger, version: 'test', front: {} });
    await node.start(this.#pack);
    this.#running = { storage, node, app, catalogVersion: () => parts.catalog.catalog.version };
  }

  async stop(): Promise<void> {
    const { app, node } = this.#open;
    await app.close();
    await node.stop();
    this.#running = undefined;
  }

  /** Sends events and waits until they are applied; none may be refused. */
  async send(events: readonly JsonObject[]): Promise<void> {
    await this.#catalogKnown();
    const { status, body } = await this.#request('POST', '/v1/events?wait=applied', events);
    if (status !== 200) throw new TesseraError('internal', `not applied: ${JSON.stringify(body)}`);
  }

  /** Rows of the catalog: `items`, `stock` or `stores`. */
  async put(part: string, rows: readonly JsonObject[]): Promise<void> {
    const { status, body } = await this.#request('PUT', `/v1/catalog/${part}`, rows);
    if (status !== 200) throw new TesseraError('internal', `not taken: ${JSON.stringify(body)}`);
    this.#catalogVersion = Number(body.version);
  }

  async profileOf(user: string): Promise<string> {
    const { body } = await this.#request('GET', `/v1/profiles/user_id:${user}`);
    return String(body.profile_id);
  }

  /** Resolves once everything in the logs is applied, everything that is due was brought, and nobody owes anybody a message. */
  async settle(): Promise<void> {
    let still = 0;
    await waitUntil('everything is done', async () => {
      still = (await this.#isStill()) ? still + 1 : 0;
      if (still < STILL_LOOKS) await pause(LOOK_MS);
      return still >= STILL_LOOKS;
    });
  }

  /** Every decision so far, those of one partition in their order. */
  async decisions(): Promise<readonly ToldDecision[]> {
    const { storage } = this.#open;
    const told: ToldDecision[] = [];
    for (const partition of storage.topology.all) {
      for (const { bytes } of await storage.spool.readSpool(partition, 0, Number.MAX_SAFE_INTEGER))
        for (const { table, line } of unpackSpool(bytes))
          if (table === 'decisions') told.push(decisionIn(line));
    }
    return told;
  }

  get #open(): Running {
    if (this.#running === undefined) throw new TesseraError('internal', 'the engine is not running');
    return this.#running;
  }

  async #isStill(): Promise<boolean> {
    const { storage } = this.#open;
    const { store, topology, lastSeq } = storage;
    const checkpoints = new Map(
      await Promise.all(
        topology.all.map(async (partition) => [partition, await store.checkpoint(partition)] as const),
      ),
    );
    for (const [partition, checkpoint] of checkpoints) {
      if ((checkpoint?.seq ?? 0) < (await lastSeq(partition))) return false;
      for (const [to, n] of Object.entries(checkpoint?.given ?? {}))
        if ((checkpoints.get(to)?.taken[partition] ?? 0) < n) return false;
      const [alarm] = await store.scan(partition, 't/', '', 1);
      if (alarm !== undefined && Number(alarm[0].split('/')[1]) <= this.#clock.now()) return false;
      if ((await store.scan(partition, 'p/', '', 1)).length > 0) return false;
    }
    return true;
  }

  /** What is ingested is read with the catalog that this node knows, which follows the one that was committed. */
  async #catalogKnown(): Promise<void> {
    const { catalogVersion } = this.#open;
    await waitUntil('the catalog is known', () => catalogVersion() >= this.#catalogVersion);
  }

  async #request(
    method: 'GET' | 'POST' | 'PUT',
    url: string,
    payload?: readonly JsonObject[],
  ): Promise<{ readonly status: number; readonly body: JsonObject }> {
    const headers = { authorization: `Bearer ${SECRET_KEY}`, 'content-type': 'application/json' };
    const answer = await this.#open.app.inject({
      method,
      url,
      headers,
      ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
    });
    return { status: answer.statusCode, body: answer.json() as JsonObject };
  }
}

/** The columns of a row after its position: see `decisionRow`. */
function decisionIn(line: string): ToldDecision {
  const values = JSON.parse(line) as readonly string[];
  const [id = '', trigger = '', profile = '', decision = '', reason = ''] = values.slice(COLUMN_ID);
  const [channel = '', payload = '{}'] = values.slice(COLUMN_ID + 7);
  return { id, trigger, profile, decision, reason, channel, payload: JSON.parse(payload) as JsonObject };
}

const COLUMN_ID = 4;
