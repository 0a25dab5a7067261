import { auditSetups } from '../../adapters/nats/audit-store.ts';
import { connectNats, type NatsLink } from '../../adapters/nats/connection.ts';
import { keysSetup, readNatsKey } from '../../adapters/nats/key-store.ts';
import { logSetup } from '../../adapters/nats/log.ts';
import { describeSafety } from '../../adapters/nats/safety.ts';
import {
  type Account,
  readAccount,
  readStreamFacts,
  type StreamFacts,
} from '../../adapters/nats/stream-facts.ts';
import type { StreamSetup } from '../../adapters/nats/stream-setup.ts';
import { stagedTopology } from '../../cluster/topology.ts';
import type { Config } from '../../config.ts';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Finding } from '../../model/finding.ts';
import { DEPLOYMENT, DEPLOYMENT_FORMAT, isReadable, readDeployment } from '../deployment.ts';
import { logBytesEach, spillOf } from '../server-storage.ts';
import { examineMasterKey } from './master-key.ts';

/** Whether NATS keeps what it is given, and whether this is the deployment that the settings mean; changes nothing there. */
export async function examineNats(config: Config): Promise<readonly Finding[]> {
  const servers = (config.natsUrl ?? '').split(',');
  const at = `nats ${servers.map((server) => server.replace(/^(\w+:\/\/)?([^@/]*@)?/, '')).join(',')}`;
  try {
    const link = await connectNats({ servers, name: 'tessera doctor' });
    try {
      return await examineServer(link, config, at);
    } finally {
      await link.close();
    }
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    return [{ code: 'nats_unreachable', at, detail: error.message }];
  }
}

async function examineServer(link: NatsLink, config: Config, at: string): Promise<readonly Finding[]> {
  const account = await readAccount(link);
  if (account === undefined)
    return [{ code: 'jetstream_off', at, detail: 'it answers no question to JetStream' }];
  const { against, reason } = describeSafety(link, {
    replicas: config.replicas,
    syncAlways: config.natsSyncAlways,
  });
  const flushes: readonly Finding[] =
    against === 'power loss' ? [] : [{ code: 'nats_flushes_late', at, detail: reason }];
  const streams = await Promise.all(
    setupsOf(config).map(async (setup) => ({ setup, facts: await readStreamFacts(link, setup) })),
  );
  const founded = streams.some(({ facts }) => facts !== undefined);
  return [
    ...judgeRoom(account, at),
    ...flushes,
    ...streams.flatMap(({ setup, facts }) => judgeStream(setup, facts, founded)),
    ...(founded ? await examineDeployment(link, config) : []),
  ];
}

function setupsOf({
  space,
  replicas,
  partitions = limits.partitionsDefault,
}: Config): readonly StreamSetup[] {
  const topology = stagedTopology(partitions);
  const maxBytes = logBytesEach(topology);
  const logs = topology.all.flatMap((partition) => [partition, spillOf(partition)]);
  return [
    ...logs.map((partition) => logSetup({ space, partition, maxBytes, replicas })),
    keysSetup({ space, replicas }),
    ...auditSetups({ space, replicas }),
  ];
}

function judgeRoom({ used, most }: Account, at: string): readonly Finding[] {
  if (most <= 0 || used <= most * (1 - limits.roomLowPercent / 100)) return [];
  return [{ code: 'nats_storage_low', at, detail: `${used} of ${most} bytes are used` }];
}

function judgeStream(
  { name }: StreamSetup,
  facts: StreamFacts | undefined,
  founded: boolean,
): readonly Finding[] {
  const at = `stream ${name}`;
  if (facts === undefined)
    return founded ? [{ code: 'stream_missing', at, detail: 'there is no such stream' }] : [];
  const { bytes, bytesMax, differences, copiesBehind } = facts;
  const found: Finding[] = [];
  const note = (code: Finding['code'], detail: string): void => void found.push({ code, at, detail });
  if (differences.length > 0) note('stream_misconfigured', differences.join('; '));
  if (bytesMax > 0 && bytes > bytesMax * (1 - limits.roomLowPercent / 100))
    note('log_nearly_full', `it holds ${bytes} of ${bytesMax} bytes`);
  if (copiesBehind.length > 0) note('stream_copies_behind', copiesBehind.join(', '));
  return found;
}

async function examineDeployment(link: NatsLink, config: Config): Promise<readonly Finding[]> {
  const { space } = config;
  const at = `space ${space}`;
  if ((await readStreamFacts(link, keysSetup({ space }))) === undefined) return [];
  const read = (name: string): Promise<Uint8Array | undefined> => readNatsKey(link, space, name);
  const deployment = readDeployment(await read(DEPLOYMENT));
  if (deployment === undefined) return [];
  const { format = 2, partitions, fingerprint } = deployment;
  if (!isReadable(format)) {
    const detail = `it has format ${format}, and this version works with ${DEPLOYMENT_FORMAT}`;
    return [{ code: format > DEPLOYMENT_FORMAT ? 'data_newer' : 'data_unknown', at, detail }];
  }
  const found: Finding[] = [];
  const wanted = config.partitions ?? limits.partitionsDefault;
  if (partitions !== wanted)
    found.push({ code: 'partitions_differ', at, detail: `it has ${partitions}, the settings say ${wanted}` });
  return [...found, ...(await examineMasterKey(config, { at, founded: fingerprint, read }))];
}
