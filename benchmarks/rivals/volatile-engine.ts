import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVolatileStorage } from './volatile-storage.ts';

/*
 * The built engine with a log and a state that are gone with the process: everything that an engine does but for making anything
 * durable. What it saves is what acknowledgements cost. It is put together here, because no setting of the engine may lose data.
 */
const part = async <T>(path: string): Promise<T> =>
  (await import(new URL(`../../dist/${path}.js`, import.meta.url).href)) as T;
const { loadConfig } = await part<typeof import('../../src/config.ts')>('config');
const { loadPack } = await part<typeof import('../../src/definitions/definitions-pack.ts')>(
  'definitions/definitions-pack',
);
const { EngineNode } = await part<typeof import('../../src/engine/node.ts')>('engine/node');
const { openAccess } = await part<typeof import('../../src/engine/open-access.ts')>('engine/open-access');
const { openAuditLog } = await part<typeof import('../../src/engine/open-audit.ts')>('engine/open-audit');
const { openKeys, readSecrets } =
  await part<typeof import('../../src/engine/open-keys.ts')>('engine/open-keys');
const { buildServer } = await part<typeof import('../../src/http-role.ts')>('http-role');
const { blindLists } = await part<typeof import('../../src/ingest/kind-lists.ts')>('ingest/kind-lists');
const { createLogger } = await part<typeof import('../../src/serve/logger.ts')>('serve/logger');
const { openOverload } = await part<typeof import('../../src/serve/overload.ts')>('serve/overload');
const { createSystemClock } = await part<typeof import('../../src/adapters/embedded/system-clock.ts')>(
  'adapters/embedded/system-clock',
);
const { openErasureRegister } = await part<typeof import('../../src/adapters/embedded/erasure-register.ts')>(
  'adapters/embedded/erasure-register',
);
const { openExportFiles } = await part<typeof import('../../src/adapters/embedded/export-files.ts')>(
  'adapters/embedded/export-files',
);
const { createWebhookSender } =
  await part<typeof import('../../src/adapters/webhook/sender.ts')>('adapters/webhook/sender');
const { AddressRules } = await part<typeof import('../../src/adapters/webhook/address-rules.ts')>(
  'adapters/webhook/address-rules',
);

const config = loadConfig({ env: process.env, flags: {}, readFile: (path) => readFileSync(path) });
const logger = createLogger('error', process.stderr);
const clock = createSystemClock();
const id = randomUUID();
const storage = await createVolatileStorage(part, clock);
const secrets = await readSecrets(config);
const written = loadPack(config.definitionsDirectory, config.currency);
const { keyring, masterKeys } = await openKeys(config, secrets, { storage, clock });
const register = await openErasureRegister(join(config.dataDirectory, 'erasures.log'), keyring.fingerprint);
const audit = await openAuditLog({ config, storage, keyring, clock, logger, node: id, leads: () => false });
const indexing = { indexKey: keyring.indexKey, defaultRegion: config.region };
const blind: Parameters<typeof buildServer>[1]['parts']['blind'] = (policy) => blindLists(policy, indexing);
const pack = { ...written, identity: blind(written.identity) };
const sender = createWebhookSender({ rules: new AddressRules({ allow: [], http: false }) });
const node = new EngineNode({ id, config, storage, keyring, audit, clock, logger, sender });
const exportFiles = openExportFiles(join(config.dataDirectory, 'exports'));
const parts = { ...node.httpParts(), pack, blind, masterKeys, exportFiles, register };
const overload = openOverload(parts.metrics);
const { app, beforeDoors } = await buildServer(config, {
  parts: { ...parts, intake: overload.counting(parts.intake) },
  access: openAccess(config, secrets, parts),
  logger,
  version: 'bench',
  front: { overload, tls: undefined },
});
await node.start(pack);
await beforeDoors();
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ address })}\n`);
process.once('SIGTERM', () => {
  void app
    .close()
    .then(() => node.stop())
    .then(() => process.exit());
});
