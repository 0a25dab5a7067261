import type { Topology } from '../cluster/topology.ts';
import type { StateReader, StateStore } from '../ports/state.ts';

type Entry = readonly [string, Uint8Array];

/** Committed entries by their keys alone, whichever partition holds them. */
export function createStateReader(store: Pick<StateStore, 'read' | 'scan'>, topology: Topology): StateReader {
  const { all, people, identity } = topology;
  if (!topology.staged) {
    return {
      read: (keys) => store.read(identity, keys),
      scan: (prefix, after, max) => store.scan(identity, prefix, after, max),
    };
  }
  return {
    read: (keys) => readFromAll(keys, store, topology),
    async scan(prefix, after, max) {
      const pages = await Promise.all(
        partitionsOf(prefix, topology).map((partition) => store.scan(partition, prefix, after, max)),
      );
      return pages.length === 1 ? (pages[0] as readonly Entry[]) : firstOf(pages, max);
    },
  };

  function partitionsOf(prefix: string, { ofKey }: Topology): readonly string[] {
    if (prefix === '') return all;
    // A whole profile is named, or only the kind of entry.
    if (/^f\/[^/]+\/|^d\/\d+\/[^/]+\//.test(prefix)) return [ofKey(prefix)];
    return /^[hfd]/.test(prefix) ? people : [identity];
  }
}

async function readFromAll(
  keys: readonly string[],
  store: Pick<StateStore, 'read'>,
  { ofKey }: Topology,
): Promise<readonly (Uint8Array | undefined)[]> {
  const wanted = new Map<string, number[]>();
  for (const [i, key] of keys.entries()) {
    const partition = ofKey(key);
    const places = wanted.get(partition);
    if (places === undefined) wanted.set(partition, [i]);
    else places.push(i);
  }
  const values: (Uint8Array | undefined)[] = new Array(keys.length).fill(undefined);
  await Promise.all(
    [...wanted].map(async ([partition, places]) => {
      const found = await store.read(
        partition,
        places.map((i) => keys[i] as string),
      );
      for (const [n, i] of places.entries()) values[i] = found[n];
    }),
  );
  return values;
}

/** The first so many of several ascending pages, each of which is the beginning of what its partition holds. */
function firstOf(pages: readonly (readonly Entry[])[], max: number): readonly Entry[] {
  const merged = pages.flat();
  merged.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return merged.slice(0, max);
}
