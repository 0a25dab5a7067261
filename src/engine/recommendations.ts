import { join } from 'node:path';
import { openSnapshotFile } from '../adapters/embedded/snapshot-file.ts';
import { RecommenderFollower } from '../background/recommender-follower.ts';
import { ServedRecommendations } from '../background/served-recommendations.ts';
import type { Config } from '../config.ts';
import type { HistoryReach } from '../desks/profile-history/history-reach.ts';
import { hash53 } from '../model/hash.ts';
import type { Clock } from '../ports/clock.ts';
import { Recommender } from '../recommend/recommender.ts';
import { describeError, type Logger } from '../serve/logger.ts';
import type { Storage } from './storage.ts';

export interface RecommendationParts {
  readonly config: Config;
  readonly storage: Storage;
  readonly reach: HistoryReach;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells this process apart from the other nodes. */
  readonly node: string;
  /** Tells this deployment apart from others that may have used the data directory. */
  readonly deployment: string;
}

/** What recommendations of this node learn from, and where its answers are kept; nothing where they are switched off. */
export interface NodeRecommendations {
  readonly recommender: RecommenderFollower<Recommender> | undefined;
  readonly served: ServedRecommendations | undefined;
}

const SNAPSHOT = 'recommender.snapshot';

export function createRecommendations(parts: RecommendationParts): NodeRecommendations {
  const { config, storage, reach, clock, logger, node, deployment } = parts;
  // Who only keeps history answers nobody.
  const answers = config.roles.some((role) => role !== 'history');
  if (!config.recommend || !answers) return { recommender: undefined, served: undefined };
  const { topology, store, history, channel, log } = storage;
  const { teachers } = config;
  const people = topology.people[hash53(node) % topology.people.length] ?? topology.identity;
  return {
    recommender: new RecommenderFollower({
      kind: { create: () => new Recommender(), read: (bytes) => Recommender.read(bytes) },
      ...{ topology, store, history, reach, channel, node, clock, teachers },
      // What others have taught is in no snapshot that goes on where only some may.
      deployment: teachers === 'all' ? deployment : `${deployment} ${teachers}`,
      place: openSnapshotFile(join(config.dataDirectory, SNAPSHOT)),
      onError: (error, what) => logger.warn({ error: describeError(error) }, what),
      onNote: (what, detail) => logger.info(detail, what),
    }),
    served: new ServedRecommendations({
      log: log(people),
      onError: (error) =>
        logger.warn({ error: describeError(error) }, 'what was recommended could not be kept for history'),
    }),
  };
}
