import type { Topology } from '../../cluster/topology.ts';
import { limits } from '../../limits.ts';
import { keys } from '../../model/keys.ts';
import type { Facet, Header } from '../../model/profile.ts';
import type { Checkpoint, StateStore } from '../../ports/state.ts';
import type { EntryCodec } from '../../runner/entry-cache.ts';

export interface LiveSource {
  readonly store: Pick<StateStore, 'checkpoint' | 'load'>;
  readonly topology: Pick<Topology, 'staged' | 'ofProfile' | 'numberOf'>;
  readonly codec: EntryCodec;
}

/** A profile in the committed state of one position. */
export interface LiveProfile {
  readonly header: Header;
  readonly facets: readonly Facet[];
  /** Where it lives, and how far that partition had come. */
  readonly partition: string;
  readonly checkpoint: Checkpoint;
}

/**
 * Reads a profile as it is at one checkpoint: entries that were read while it moved on would not belong together.
 * Undefined where there is none; `busy` where the state never stood still for long enough.
 */
export async function readLive(id: string, source: LiveSource): Promise<LiveProfile | 'busy' | undefined> {
  const { store, topology } = source;
  const partition = topology.ofProfile(id);
  for (let tries = 0; tries < limits.parityReadTries; tries++) {
    const checkpoint = await store.checkpoint(partition);
    if (checkpoint === undefined) return undefined;
    const headers = await loadAll<Header>([keys.header(id)], { partition, checkpoint }, source);
    if (headers === 'conflict') continue;
    const [header] = headers;
    if (header === undefined) return undefined;
    const wanted = header.facets.map((facet) => keys.facet(id, facet));
    const facets = await loadAll<Facet>(wanted, { partition, checkpoint }, source);
    if (facets !== 'conflict') return { header, facets, partition, checkpoint };
  }
  return 'busy';
}

async function loadAll<T extends object>(
  wanted: readonly string[],
  { partition, checkpoint }: Pick<LiveProfile, 'partition' | 'checkpoint'>,
  { store, codec }: LiveSource,
): Promise<readonly T[] | 'conflict'> {
  const loaded = await store.load(partition, checkpoint.version, wanted);
  if (loaded === 'conflict') return 'conflict';
  const found: T[] = [];
  for (const [i, bytes] of loaded.values.entries()) {
    // The codec answers the type that belongs to the key's prefix.
    if (bytes !== undefined) found.push(codec.decode(wanted[i] as string, bytes) as T);
  }
  return found;
}
