import { setTimeout as sleep } from 'node:timers/promises';
import type { Definitions } from '../definitions/definitions.ts';
import { limits } from '../limits.ts';
import { keys } from '../model/keys.ts';
import type { Header } from '../model/profile.ts';
import { LOOK_ANEW, type WakeRecord } from '../model/record.ts';
import type { SegmentCounts } from '../model/segment.ts';
import { isUnplanned } from '../pipeline/profile-days.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { StateStore } from '../ports/state.ts';
import { encodeRecord } from '../runner/codec.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import { Pace } from './pace.ts';
import { RepeatedLook } from './repeated-look.ts';

export interface SegmentWalkOptions {
  /** Partitions of people. */
  readonly people: readonly string[];
  /** Whether this node works on a partition: each walks through its own. */
  readonly runs: (partition: string) => boolean;
  readonly store: Pick<StateStore, 'read' | 'scan' | 'checkpoint'>;
  readonly log: (partition: string) => Pick<Log, 'append'>;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/**
 * Brings everybody up to date once segments have changed: who is silent is woken by a record, and so looked at under what is
 * in force now. One page of profiles at a time, which is applied before the next one, and at the pace of background work. A
 * partition that was walked through says so in its counts, by a record as well, so that a restart does not walk again.
 */
export class SegmentWalk {
  readonly #options: SegmentWalkOptions;
  readonly #looking: RepeatedLook;

  constructor(options: SegmentWalkOptions) {
    this.#options = options;
    const { onError } = options;
    this.#looking = new RepeatedLook({ everyMs: limits.segmentWalkPollMs, look: () => this.walk(), onError });
  }

  start(): void {
    this.#looking.start();
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  /** Walks through what is not up to date; answers how many profiles were woken. */
  async walk(): Promise<number> {
    const { people, runs, definitions, clock } = this.#options;
    const pace = new Pace(clock, this.#looking.signal);
    let woken = 0;
    for (const partition of people) {
      const under = definitions.lookVersion;
      if (!runs(partition) || (await this.#isDone(partition, under))) continue;
      woken += await this.#walkThrough(partition, under, pace);
    }
    return woken;
  }

  async #isDone(partition: string, under: string): Promise<boolean> {
    const { store, codec } = this.#options;
    const [bytes] = await store.read(partition, [keys.segments]);
    // The codec answers what lies under the key.
    const counts = bytes && (codec.decode(keys.segments, bytes) as SegmentCounts);
    return (counts?.under ?? '') === under;
  }

  async #walkThrough(partition: string, under: string, pace: Pace): Promise<number> {
    const { store, codec, definitions } = this.#options;
    let woken = 0;
    for (let after = ''; ; ) {
      pace.check();
      const page = await store.scan(partition, 'h/', after, limits.pageMax);
      after = page.at(-1)?.[0] ?? after;
      // The codec answers the type that belongs to the key's prefix.
      const headers = page.map(([key, bytes]) => codec.decode(key, bytes) as Header);
      const behind = headers.filter((header) => isBehind(header, definitions)).map(({ id }) => id);
      woken += behind.length;
      const started = performance.now();
      await this.#wake(partition, behind, pace);
      // What has changed meanwhile is walked for from the start.
      if (definitions.lookVersion !== under) return woken;
      if (page.length < limits.pageMax) break;
      await pace.restAfter(performance.now() - started);
    }
    await this.#append(partition, [{ kind: 'wake', profile: '', at: LOOK_ANEW, under }], pace);
    return woken;
  }

  async #wake(partition: string, profiles: readonly string[], pace: Pace): Promise<void> {
    const records = profiles.map((profile): WakeRecord => ({ kind: 'wake', profile, at: LOOK_ANEW }));
    if (records.length > 0) await this.#append(partition, records, pace);
  }

  async #append(partition: string, records: readonly WakeRecord[], pace: Pace): Promise<void> {
    const { log, store } = this.#options;
    const [position] = await log(partition).append(records.map(encodeRecord));
    const seq = position?.seq ?? 0;
    while (((await store.checkpoint(partition))?.seq ?? 0) < seq) {
      pace.check();
      if (!this.#options.runs(partition)) return;
      await sleep(limits.settlePollMs);
    }
  }
}

/** Whoever was merged away, and the profile of nobody, are in no segment. */
function isBehind(header: Header, definitions: Definitions): boolean {
  const { segmentsUnder, forward, kind, segments } = header;
  if (forward !== undefined || kind === 'pseudo') return false;
  if (isUnplanned(header, definitions)) return true;
  const { version } = definitions.segments;
  return version === '' ? (segments?.size ?? 0) > 0 : segmentsUnder !== version;
}
