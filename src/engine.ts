import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { checkFormat } from './adapters/embedded/directory-format.ts';
import { lockDirectory } from './adapters/embedded/directory-lock.ts';
import { openSecrets, type Secrets } from './adapters/embedded/secrets.ts';
import { createSystemClock } from './adapters/embedded/system-clock.ts';
import type { Config } from './config.ts';
import { loadPack } from './definitions-pack.ts';
import { openEmbeddedStorage, openHistoryFront } from './engine/embedded-storage.ts';
import { EngineNode } from './engine/node.ts';
import { openServerStorage } from './engine/server-storage.ts';
import { buildServer } from './http-role.ts';
import { createKeyring } from './ingest/keyring.ts';
import { blindLists } from './ingest/kind-lists.ts';
import type { IdentityPolicy } from './model/identity-policy.ts';
import { allScopes, createAuthenticator } from './serve/authenticate.ts';
import { createLogger } from './serve/logger.ts';

export interface Engine {
  readonly app: FastifyInstance;
  readonly secrets: Secrets;
  /** Where ClickHouse clients find the history of this process, if they may. */
  readonly historyUrl: string | undefined;
  /** Starts to listen; resolves with the address. */
  listen(): Promise<string>;
  /** Stops taking requests, applies what is durable, lets the insert under way finish, closes everything. */
  stop(): Promise<void>;
}

/**
 * Opens a data directory, or joins a deployment on servers, and builds the roles of this node on it. Fails with a code
 * that says what to change.
 */
export async function openEngine(config: Config, version: string): Promise<Engine> {
  // On stderr: stdout belongs to what commands answer.
  const logger = createLogger(config.logLevel, process.stderr);
  const directory = config.dataDirectory;
  const lock = lockDirectory(directory);
  try {
    checkFormat(directory);
    const secrets = openSecrets(directory, config);
    const written = loadPack(config.definitionsDirectory, config.currency);
    const clock = createSystemClock();
    const id = randomUUID();
    const storage = await (config.natsUrl === undefined
      ? openEmbeddedStorage(config, clock)
      : openServerStorage(config, { clock, logger, node: id }));
    for (const note of storage.notes) logger.info(note);
    const { masterKey: master } = secrets;
    const keyring = createKeyring({ master, keys: storage.keys, space: config.space, clock });
    await storage.checkFingerprint(keyring.fingerprint);
    // No identifier of a list reaches the log, the state or an answer in clear text.
    const keys = { indexKey: keyring.indexKey, defaultRegion: config.region };
    const blind = (policy: IdentityPolicy): IdentityPolicy => blindLists(policy, keys);
    const pack = { ...written, identity: blind(written.identity) };
    const node = new EngineNode({ id, config, storage, keyring, clock, logger });
    const parts = { ...node.httpParts(), pack, blind };
    const app = await buildServer(config, { parts, access: secrets, logger, version });
    await node.start(pack);
    const front = await openHistoryFront(config, mayReadHistory(secrets));
    return {
      app,
      secrets,
      historyUrl: front?.url,
      listen: () => app.listen({ host: config.host, port: config.port }),
      async stop() {
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

/** History through ClickHouse's own interface asks for what `/v1/sql` asks for. */
function mayReadHistory({ secretKey }: Secrets): (password: string) => boolean {
  const authenticator = createAuthenticator([{ key: secretKey, name: 'server', scopes: allScopes }]);
  return (password) => authenticator.identify(password)?.scopes.has('admin') === true;
}
