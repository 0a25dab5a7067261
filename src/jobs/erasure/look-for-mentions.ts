import type { Pace } from '../../background/pace.ts';
import type { Topology } from '../../cluster/topology.ts';
import { type ErasedNames, forgetInIdentity } from '../../identity/forget.ts';
import { limits } from '../../limits.ts';
import { type ErasedThere, forgetInPeople } from '../../pipeline/forget-mentions.ts';
import type { StateStore } from '../../ports/state.ts';
import type { EntryCodec } from '../../runner/entry-cache.ts';

export interface LookOptions {
  readonly store: Pick<StateStore, 'scan'>;
  readonly topology: Topology;
  readonly codec: EntryCodec;
  readonly pace: Pace;
}

/** Keys of entries that name somebody who is erased. */
export interface Mentions {
  readonly identity: readonly string[];
  /** By partition. */
  readonly people: ReadonlyMap<string, readonly string[]>;
}

const OF_IDENTITY = ['i/', 'g/', 'o/', 'c/', 'v/', 'r/'];
const OF_PEOPLE = ['h/', 'f/', 'q/', 'u/', 'z/'];

/** Looks at every entry that may name others. */
export async function lookForMentions(
  options: LookOptions,
  names: ErasedNames,
  there: ErasedThere,
): Promise<Mentions> {
  const { topology } = options;
  const identity = await namedIn(
    options,
    { partition: topology.identity, prefixes: OF_IDENTITY },
    (key, entry) => forgetInIdentity(key, entry, names),
  );
  const people = new Map<string, readonly string[]>();
  for (const partition of topology.people) {
    const found = await namedIn(options, { partition, prefixes: OF_PEOPLE }, (key, entry) =>
      forgetInPeople(key, entry, there),
    );
    if (found.length > 0) people.set(partition, found);
  }
  return { identity, people };
}

interface Part {
  readonly partition: string;
  readonly prefixes: readonly string[];
}

async function namedIn(
  { store, codec, pace }: LookOptions,
  { partition, prefixes }: Part,
  change: (key: string, entry: object) => object | null | undefined,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const prefix of prefixes) {
    for (let after = ''; ; ) {
      const page = await store.scan(partition, prefix, after, limits.erasurePageEntries);
      for (const [key, bytes] of page) {
        if (change(key, codec.decode(key, bytes)) !== undefined) found.push(key);
        if (found.length >= limits.erasureEntriesMax) return found;
      }
      const last = page.at(-1)?.[0];
      if (last === undefined) break;
      after = last;
      if (pace.isDue()) await pace.rest();
    }
  }
  return found;
}
