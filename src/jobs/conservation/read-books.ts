import { setTimeout as sleep } from 'node:timers/promises';
import type { Topology } from '../../cluster/topology.ts';
import { limits } from '../../limits.ts';
import { keys } from '../../model/keys.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Checkpoint, StateStore } from '../../ports/state.ts';
import { decodeLedger, type OpenTally } from '../../runner/conservation-ledger.ts';

/** The books of one partition as they stood at one position of its log. */
export interface PartitionBooks {
  readonly partition: string;
  readonly number: number;
  readonly checkpoint: Checkpoint;
  /** Absent where nothing has happened since before there were books. */
  readonly since?: EpochMs;
  readonly open: readonly OpenTally[];
}

/** From when on the books of all partitions tell everything. */
export function bookedSince(books: readonly PartitionBooks[]): EpochMs {
  const opened = books.map(({ since }) => since).filter((since) => since !== undefined);
  return opened.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...opened);
}

export interface BooksSource {
  readonly topology: Topology;
  readonly store: StateStore;
}

/**
 * Receivers first: what travels between partitions goes mostly from identity to people, so an event may be seen as
 * received and not yet as done, and not the other way round. `busy` are those that did not hold still.
 */
export async function readBooks({ topology, store }: BooksSource): Promise<{
  readonly books: readonly PartitionBooks[];
  readonly busy: readonly string[];
}> {
  const books: PartitionBooks[] = [];
  const busy: string[] = [];
  for (const partition of new Set([...topology.people, topology.identity])) {
    const read = await readOne(partition, store);
    if (read === 'busy') busy.push(partition);
    else if (read !== undefined) books.push({ ...read, partition, number: topology.numberOf(partition) });
  }
  return { books, busy };
}

async function readOne(
  partition: string,
  store: StateStore,
): Promise<Omit<PartitionBooks, 'partition' | 'number'> | 'busy' | undefined> {
  for (let round = 0; round < limits.ledgerReadRoundsMax; round++) {
    const checkpoint = await store.checkpoint(partition);
    if (checkpoint === undefined) return undefined;
    const loaded = await store.load(partition, checkpoint.version, [keys.ledger]);
    if (loaded === 'conflict') {
      await sleep(limits.settlePollMs);
      continue;
    }
    const [bytes] = loaded.values;
    return { checkpoint, ...(bytes === undefined ? { open: [] } : decodeLedger(bytes)) };
  }
  return 'busy';
}
