import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { hash53 } from '../model/hash.ts';

/**
 * Which partition holds what. Embedded, both stages share one; beyond that identity has a partition of its own, and
 * people are spread over the others by the hash of their profile ids. The number of partitions is fixed when a
 * deployment is created: another number would look for everybody in another place.
 */
export interface Topology {
  /** True where identity and people have partitions of their own. */
  readonly staged: boolean;
  readonly identity: string;
  readonly people: readonly string[];
  /** All of them, identity's first. */
  readonly all: readonly string[];
  ofProfile(profile: string): string;
  /** By the key of an entry, as `src/README.md` lists them. */
  ofKey(key: string): string;
  /** The number under which history knows a partition. */
  numberOf(partition: string): number;
}

const FUSED_PARTITION = 'p0';

/** The embedded form. */
export const FUSED: Topology = Object.freeze({
  staged: false,
  identity: FUSED_PARTITION,
  people: [FUSED_PARTITION],
  all: [FUSED_PARTITION],
  ofProfile: () => FUSED_PARTITION,
  ofKey: () => FUSED_PARTITION,
  numberOf: () => 0,
});

/** Identity beside so many partitions of people, which history numbers from 0 on; identity comes after the last possible one. */
export function stagedTopology(partitions: number): Topology {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > limits.partitionsMax)
    throw new TesseraError('invalid_config', `partitions must be between 1 and ${limits.partitionsMax}`);
  const identity = 'identity';
  const people = Array.from({ length: partitions }, (_, n) => `p${n}`);
  const ofProfile = (profile: string): string => people[hash53(profile) % partitions] as string;
  return Object.freeze({
    staged: true,
    identity,
    people,
    all: [identity, ...people],
    ofProfile,
    ofKey: (key: string) => {
      const profile = profileIn(key);
      return profile === undefined ? identity : ofProfile(profile);
    },
    numberOf: (partition: string) =>
      partition === identity ? limits.partitionsMax : Number(partition.slice(1)),
  });
}

/** The profile that an entry of the people stage belongs to. */
function profileIn(key: string): string | undefined {
  switch (key[0]) {
    case 'h':
      return key.slice(2);
    case 'f':
      return key.slice(2, key.indexOf('/', 2));
    case 't':
    case 'w':
      return key.slice(key.indexOf('/', 2) + 1);
    case 'd': {
      const start = key.indexOf('/', 2) + 1;
      return key.slice(start, key.indexOf('/', start));
    }
    default:
      return undefined;
  }
}
