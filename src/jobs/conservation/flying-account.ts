import type { Topology } from '../../cluster/topology.ts';
import { limits } from '../../limits.ts';
import { countedIn } from '../../model/conservation.ts';
import type { StageMessage } from '../../model/record.ts';
import type { Log } from '../../ports/log.ts';
import type { StateStore } from '../../ports/state.ts';
import { decodeRecord } from '../../runner/codec.ts';
import type { Accounts } from './accounts.ts';
import type { PartitionBooks } from './read-books.ts';

export interface FlyingSource {
  readonly topology: Topology;
  readonly store: StateStore;
  readonly log: (partition: string) => Log;
}

/** Events that one partition has passed on and the other has not taken yet: in an outbox, or in a log behind the books of its partition. */
export async function readFlying(
  books: readonly PartitionBooks[],
  source: FlyingSource,
  accounts: Accounts,
): Promise<void> {
  if (!source.topology.staged) return;
  const taken = new Map(books.map(({ partition, checkpoint }) => [partition, checkpoint.taken]));
  const seen = new Set<string>();
  const note = (to: string, message: StageMessage): void => {
    const name = `${message.from}>${to}:${message.n}`;
    if (message.n <= (taken.get(to)?.[message.from] ?? 0) || seen.has(name)) return;
    seen.add(name);
    const counted = countedIn(message);
    const account = counted && accounts.at(counted.receivedAt, counted.source);
    if (account !== undefined) account.flying += 1;
  };
  for (const { partition, checkpoint } of books) {
    for (const [to, bytes] of await outboxOf(partition, source.store)) noteMessage(to, bytes, note);
    await readAhead(source.log(partition), checkpoint.seq, (bytes) => noteMessage(partition, bytes, note));
  }
}

function noteMessage(to: string, bytes: Uint8Array, note: (to: string, message: StageMessage) => void): void {
  const { record } = decodeRecord(bytes);
  if (record.kind === 'message') note(to, record);
}

async function outboxOf(
  partition: string,
  store: StateStore,
): Promise<readonly (readonly [to: string, bytes: Uint8Array])[]> {
  const found = await store.scan(partition, 'x/', '', limits.conservationFlyingMax);
  return found.map(([key, bytes]) => [key.split('/')[1] ?? '', bytes]);
}

async function readAhead(log: Log, after: number, take: (bytes: Uint8Array) => void): Promise<void> {
  let records = 0;
  for (let seq = after; records < limits.conservationFlyingMax; ) {
    const messages = await log.read(seq, limits.batchMessagesMax);
    for (const message of messages) for (const bytes of message.records) take(bytes);
    const last = messages.at(-1);
    if (last === undefined) return;
    records += messages.reduce((sum, message) => sum + message.records.length, 0);
    seq = last.seq;
  }
}
