import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { checkFormat } from './adapters/embedded/directory-format.ts';
import { lockDirectory } from './adapters/embedded/directory-lock.ts';
import { openErasureRegister, registerBeside } from './adapters/embedded/erasure-register.ts';
import { openExportFiles } from './adapters/embedded/export-files.ts';
import type { Secrets } from './adapters/embedded/secrets.ts';
import { createSystemClock } from './adapters/embedded/system-clock.ts';
import { AddressRules } from './adapters/webhook/address-rules.ts';
import { createWebhookSender } from './adapters/webhook/sender.ts';
import { weighSettings } from './config/weak-settings.ts';
import type { Config } from './config.ts';
import { loadPack } from './definitions/definitions-pack.ts';
import { armCrashPoint } from './engine/crash-points.ts';
import { openEmbeddedStorage, openHistoryFront } from './engine/embedded-storage.ts';
import { EngineNode } from './engine/node.ts';
import { openAccess } from './engine/open-access.ts';
import { openAuditLog } from './engine/open-audit.ts';
import { openKeys, readSecrets } from './engine/open-keys.ts';
import type { ServerStorageParts } from './engine/server-storage.ts';
import type { Storage } from './engine/storage.ts';
import { readTlsFiles, renewTls } from './engine/tls-files.ts';
import { buildServer, readiness } from './http-role.ts';
import type { Keyring } from './ingest/keyring.ts';
import { blindLists } from './ingest/kind-lists.ts';
import type { IdentityPolicy } from './model/identity-policy.ts';
import type { ErasureRegister } from './ports/erasure-register.ts';
import type { Access } from './serve/access.ts';
import { createLogger, type Logger } from './serve/logger.ts';
import { openOverload } from './serve/overload.ts';
import type { Readiness } from './serve/services.ts';
import type { SharedPort } from './serve/shared-port.ts';

export interface Engine {
  readonly app: FastifyInstance;
  readonly secrets: Secrets;
  /** Where ClickHouse clients find the history of this process, if they may. */
  readonly historyUrl: string | undefined;
  /** What this process says of itself, whatever else shares its port. */
  metrics(): Promise<string>;
  readiness(): Readiness;
  /** Starts to listen; resolves with the address. */
  listen(): Promise<string>;
  /** Stops taking requests, applies what is durable, lets the insert under way finish, closes everything. */
  stop(): Promise<void>;
}

/** Where a process stands that is one of several on a port. */
export interface ProcessPlace {
  readonly process: number;
  readonly shared: SharedPort;
  /** Where the one that keeps history answers the others; absent where a server does, or nobody. */
  readonly historyUrl?: string | undefined;
}

export interface Opening {
  /** Where this is one of several processes on a port. */
  readonly place?: ProcessPlace;
  /** Told once where the log holds more to replay than a moment's work. */
  readonly onBacklog?: () => void;
}

/**
 * Opens a data directory, or joins a deployment on servers, and builds the roles of this node on it. Fails with a code
 * that says what to change.
 */
export async function openEngine(config: Config, version: string, opening: Opening = {}): Promise<Engine> {
  const { place, onBacklog } = opening;
  // On stderr: stdout belongs to what commands answer.
  const logger = loggerOf(config, place);
  const directory = config.dataDirectory;
  const lock = lockDirectory(directory);
  try {
    checkFormat(directory);
    const secrets = await readSecrets(config);
    const written = loadPack(config.definitionsDirectory, config.currency);
    const clock = createSystemClock();
    const id = randomUUID();
    const opened = await (config.natsUrl === undefined
      ? openEmbeddedStorage(config, clock)
      : openServers(config, { clock, logger, node: id, lentHistory: place?.historyUrl }));
    const storage = config.crashAt === undefined ? opened : armCrashPoint(opened, config.crashAt);
    for (const note of storage.notes) logger.info(note);
    if (config.mode === 'serve') for (const note of weighSettings(config).doubtful) logger.warn(note);
    const { keyring, masterKeys } = await orClose(storage, openKeys(config, secrets, { storage, clock }));
    const register = await orClose(storage, openRegister(config, keyring));
    const leads = (): boolean => node.keepsHistory;
    const auditing = openAuditLog({ config, storage, keyring, clock, logger, node: id, leads });
    const audit = await orClose(storage, auditing);
    // No identifier of a list reaches the log, the state or an answer in clear text.
    const keys = { indexKey: keyring.indexKey, defaultRegion: config.region };
    const blind = (policy: IdentityPolicy): IdentityPolicy => blindLists(policy, keys);
    const pack = { ...written, identity: blind(written.identity) };
    const process = place && String(place.process);
    const rules = new AddressRules({ allow: config.webhooksAllow, http: config.webhooksHttp });
    const sender = createWebhookSender({ rules });
    const whose = { id, process, config, storage, keyring, audit };
    const node = new EngineNode({ ...whose, clock, logger, sender, onBacklog });
    const exportFiles = openExportFiles(join(directory, 'exports'));
    const parts = { ...node.httpParts(), pack, blind, masterKeys, exportFiles, register };
    const { shared } = place ?? {};
    const access = openAccess(config, secrets, parts);
    const overload = openOverload(parts.metrics);
    const tls = config.tls && (await readTlsFiles(config.tls));
    const { app, beforeDoors } = await buildServer(config, {
      parts: { ...parts, intake: overload.counting(parts.intake) },
      access,
      logger,
      version,
      shared,
      front: { overload, tls },
    });
    const renewal = config.tls && tls && renewTls(app.server, { config: config.tls, files: tls, logger });
    await node.start(pack);
    await orEnd(beforeDoors(), { app, node });
    const front = await openHistoryFront(config, mayReadHistory(access));
    return {
      app,
      secrets,
      historyUrl: front?.url,
      metrics: () => parts.metrics.render(),
      readiness: () => readiness(parts.status),
      listen: () => app.listen({ host: config.host, port: config.port }),
      async stop() {
        await renewal?.stop();
        await app.close();
        await front?.stop();
        await node.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Drivers of servers take a twentieth of a start: one without servers loads none of them. */
async function openServers(config: Config, parts: ServerStorageParts): Promise<Storage> {
  const { openServerStorage } = await import('./engine/server-storage.ts');
  return await openServerStorage(config, parts);
}

/** Connections that stay open would keep a process from ending that has said why it does not start. */
async function orClose<T>(storage: Storage, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function orEnd(
  last: Promise<void>,
  { app, node }: { readonly app: FastifyInstance; readonly node: EngineNode },
): Promise<void> {
  try {
    await last;
  } catch (error) {
    await app.close();
    await node.stop();
    throw error;
  }
}

function openRegister(
  { erasuresFile, dataDirectory }: Config,
  { fingerprint }: Keyring,
): Promise<ErasureRegister> {
  return openErasureRegister(erasuresFile ?? registerBeside(dataDirectory), fingerprint);
}

/** History through ClickHouse's own interface asks for what `/v1/sql` asks for. */
function mayReadHistory({ authenticator }: Access): (password: string) => boolean {
  return (password) => authenticator.identify(password)?.scopes.has('admin') === true;
}

/** Lines of several processes meet in one stream: each says whose it is. */
function loggerOf({ logLevel }: Config, place: ProcessPlace | undefined): Logger {
  const logger = createLogger(logLevel, process.stderr);
  return place === undefined ? logger : logger.child({ process: place.process });
}
