import { openNatsAuditStore } from '../adapters/nats/audit-store.ts';
import { connectNats, type NatsLink } from '../adapters/nats/connection.ts';
import { openNatsKeyStore } from '../adapters/nats/key-store.ts';
import { openNatsLog, readLastSeq } from '../adapters/nats/log.ts';
import { createNodeChannel } from '../adapters/nats/node-channel.ts';
import { createNotifications } from '../adapters/nats/notifications.ts';
import { describeSafety } from '../adapters/nats/safety.ts';
import { openRedisConnection } from '../adapters/redis/connection.ts';
import { openRedisStateStore } from '../adapters/redis/state-store.ts';
import { stagedTopology, type Topology } from '../cluster/topology.ts';
import type { Config } from '../config.ts';
import { assert } from '../errors.ts';
import { createSpillingSpool } from '../historian/spool-spill.ts';
import { limits } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { describeError, type Logger } from '../serve/logger.ts';
import { checkDeployment, DEPLOYMENT, readDeployment } from './deployment.ts';
import { openHistory } from './embedded-storage.ts';
import type { Storage } from './storage.ts';

export interface ServerStorageParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells this process apart from the other nodes. */
  readonly node: string;
  /** Another process on this port keeps history, and answers questions about it there. */
  readonly lentHistory?: string | undefined;
}

/** Logs and data keys on NATS JetStream, state and spool on Redis, history on ClickHouse. */
export async function openServerStorage(config: Config, parts: ServerStorageParts): Promise<Storage> {
  const { space } = config;
  const topology = stagedTopology(config.partitions ?? limits.partitionsDefault);
  const link = await connectNats({
    servers: (config.natsUrl ?? '').split(','),
    name: `tessera ${parts.node}`,
  });
  const logs = await openLogs(link, config, { topology, clock: parts.clock });
  const keys = await openNatsKeyStore(link, { space, replicas: config.replicas });
  const audit = await openNatsAuditStore(link, { space, replicas: config.replicas });
  const redis = openRedisConnection({
    url: config.redisUrl ?? '',
    onError: (error) => parts.logger.debug({ error: describeError(error) }, 'the state store is away'),
  });
  const report = await redis.check();
  const store = openRedisStateStore(redis, { space });
  const history = await openHistory(config, parts.lentHistory);
  const log = (partition: string): Log => findLog(logs.records, partition);
  const { against, reason } = describeSafety(link, {
    replicas: config.replicas,
    syncAlways: config.natsSyncAlways,
  });
  return {
    topology,
    store,
    spool: createSpillingSpool({ store, logOf: (partition) => findLog(logs.spills, partition) }),
    keys,
    audit,
    history,
    backups: undefined,
    channel: createNodeChannel(link, space),
    notifications: createNotifications(link, { space, node: parts.node }),
    log,
    lastSeq: (partition) => readLastSeq(link, { space, partition }),
    logFailure: () => (link.connected ? undefined : 'NATS is away'),
    stateReachable: () => redis.isReady,
    notes: [
      `acknowledged events are safe against a ${against}: ${reason}`,
      `state is safe against ${report.safeAgainst}; what it loses is read again from the log`,
      ...report.warnings,
      ...(config.clickhouseUrl === undefined && config.roles.includes('history') ? [ONE_HISTORY] : []),
    ],
    founded: async () => readDeployment(await keys.get(DEPLOYMENT))?.fingerprint,
    // What NATS deletes it overwrites, and history has seen to its own.
    scrub: async () => {
      await redis.renewFiles();
      return 0;
    },
    checkFingerprint: (fingerprint) =>
      checkDeployment(keys, { fingerprint, partitions: topology.people.length }),
    async close() {
      await history.close();
      for (const each of [...logs.records.values(), ...logs.spills.values()]) await each.close();
      await store.close();
      await redis.close();
      await link.close();
    },
  };
}

const ONE_HISTORY =
  'history is kept in this process: let no other node have the role history, or name a server by CLICKHOUSE_URL';

interface Logs {
  readonly records: ReadonlyMap<string, Log>;
  /** What of the history spool does not fit into the state store. */
  readonly spills: ReadonlyMap<string, Log>;
}

async function openLogs(
  link: NatsLink,
  { space, replicas }: Config,
  { topology, clock }: { readonly topology: Topology; readonly clock: Clock },
): Promise<Logs> {
  const records = new Map<string, Log>();
  const spills = new Map<string, Log>();
  // The server sets the room of every stream aside, so they share what one log would have.
  const maxBytes = logBytesEach(topology);
  for (const partition of topology.all) {
    const options = { space, clock, replicas, maxBytes };
    records.set(partition, await openNatsLog(link, { ...options, partition }));
    spills.set(partition, await openNatsLog(link, { ...options, partition: spillOf(partition) }));
  }
  return { records, spills };
}

export function logBytesEach({ all }: Topology): number {
  return Math.floor(limits.logBytesMax / (all.length * 2));
}

/** What the log of a partition's spilled history is called. */
export function spillOf(partition: string): string {
  return `spill${partition}`;
}

function findLog(logs: ReadonlyMap<string, Log>, partition: string): Log {
  const log = logs.get(partition);
  assert(log !== undefined, `there is no log ${partition}`);
  return log;
}
