import type { StreamInfo } from '@nats-io/jetstream';
import type { NatsLink } from './connection.ts';
import { isStreamMissing, unavailable } from './failures.ts';
import { differencesOf, type StreamSetup } from './stream-setup.ts';

/** Room on disks that the account may use, in bytes; `most` is not above 0 where nothing bounds it. */
export interface Account {
  readonly used: number;
  readonly most: number;
}

/** Undefined where the server has no JetStream, or the account may not use it. Changes nothing. */
export async function readAccount(link: NatsLink): Promise<Account | undefined> {
  try {
    const { storage, limits } = await link.orAway(link.manager.getAccountInfo());
    return { used: storage, most: limits.max_storage };
  } catch (error) {
    if (!link.connected) throw unavailable('NATS went away', error);
    // A server without it has nobody who answers; an account without it is told no.
    return undefined;
  }
}

/** What a stream is like, beside what it must be. */
export interface StreamFacts {
  readonly bytes: number;
  readonly bytesMax: number;
  /** As `differencesOf` words them; its size and more copies an engine brings about by itself. */
  readonly differences: readonly string[];
  /** Copies that are away or behind, in words. */
  readonly copiesBehind: readonly string[];
}

/** Undefined where there is no such stream. Founds and changes nothing. */
export async function readStreamFacts(link: NatsLink, setup: StreamSetup): Promise<StreamFacts | undefined> {
  try {
    const { config, state, cluster } = await link.orAway(link.manager.streams.info(setup.name));
    return {
      bytes: state.bytes,
      bytesMax: config.max_bytes,
      differences: differencesOf({ ...setup, maxBytes: config.max_bytes }, config),
      copiesBehind: behindIn(cluster),
    };
  } catch (error) {
    if (isStreamMissing(error)) return undefined;
    throw unavailable(`stream ${setup.name} does not answer`, error);
  }
}

function behindIn(cluster: StreamInfo['cluster']): readonly string[] {
  return (cluster?.replicas ?? [])
    .filter(({ offline, current }) => offline === true || !current)
    .map(({ name, offline }) => `${name} is ${offline === true ? 'away' : 'behind'}`);
}
