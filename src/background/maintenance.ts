import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { limits } from '../limits.ts';
import { keys } from '../model/keys.ts';
import { DAY_MS, dayOf } from '../model/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { StateStore } from '../ports/state.ts';
import type { StageRunner } from '../runner/runner.ts';

/** What goes on beside the traffic: retention of the log, expiry of deduplication ids, the digest of the state. */
export interface Maintained {
  readonly runner: StageRunner;
  readonly log: Log;
  readonly store: StateStore;
  readonly clock: Clock;
}

/** The log keeps a stretch for replays, and never loses what a reader still needs. */
export async function maintain({ runner, log, store, clock }: Maintained): Promise<void> {
  runner.requestSweep(dayOf(clock.now()) - limits.dedupMs / DAY_MS);
  const applied = runner.checkpoint?.seq ?? 0;
  const { firstSeq, lastSeq, bytes } = log.stats();
  if (bytes <= limits.logRetainBytes || lastSeq < firstSeq) return;
  await store.flushed();
  const average = bytes / (lastSeq - firstSeq + 1);
  const surplus = Math.floor((bytes - limits.logRetainBytes) / average);
  // The message of the checkpoint stays: a restart compares it.
  await log.trim(Math.min(firstSeq + surplus - 1, applied - 1));
}

/**
 * Over every entry of each partition in key order, in slices, so that live traffic goes on meanwhile. The books of what was received
 * are left out: they know how often the same was sent, which nothing else does.
 */
export async function digestState(
  store: Pick<StateStore, 'scan'>,
  partitions: readonly string[],
): Promise<{ digest: string; entries: number }> {
  const digest = createHash('sha256');
  let entries = 0;
  for (const partition of partitions) {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: Page = await store.scan(partition, '', after, limits.pageMax);
      for (const [key, bytes] of page) {
        if (key === keys.ledger) continue;
        digest.update(`${key.length}:${key}${bytes.byteLength}:`).update(bytes);
        entries += 1;
      }
      after = page.length < limits.pageMax ? undefined : page.at(-1)?.[0];
      await setImmediate();
    }
  }
  return { digest: digest.digest('hex'), entries };
}

type Page = Awaited<ReturnType<StateStore['scan']>>;
