import { type ErrorCode, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ChosenItems } from '../model/recommendation.ts';
import type { ItemsRecord } from '../model/record.ts';
import type { ItemsToChoose, WaitingFiring } from '../pipeline/waiting-firings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { StateStore } from '../ports/state.ts';
import { encodeRecord } from '../runner/codec.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import { RepeatedLook } from './repeated-look.ts';

/** Chooses the items of a firing for its profile. */
export type ChooseItems = (profile: string, wanted: ItemsToChoose) => Promise<ChosenItems>;

export interface ItemChooserOptions {
  readonly partition: string;
  readonly store: Pick<StateStore, 'scan'>;
  readonly codec: EntryCodec;
  readonly log: Pick<Log, 'append'>;
  readonly clock: Clock;
  readonly choose: ChooseItems;
  /** False while what recommendations know is still being gathered: firings wait for it a while. */
  readonly ready: () => boolean;
  /** The last message of the log that the stored state reflects; undefined while that is not known. */
  readonly appliedSeq: () => number | undefined;
  readonly onError: (error: unknown) => void;
}

const WAITING = 'u/';
/** Failures of what lies beneath, which the fold of an answer would meet as well. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['state_unavailable', 'stopping']);

/**
 * Brings firings the items that their messages show: looks through what waits in the partition, asks, and appends the answers
 * to its log; only the fold of such a record completes the firing. So whatever happens in between, the firing is still there and
 * is asked for again, and what is brought twice finds nobody waiting. A recommender that fails gives an empty list: the
 * message matters more than its items. A store that is away is another matter; then the firing waits for it.
 */
export class ItemChooser {
  readonly #options: ItemChooserOptions;
  readonly #looking: RepeatedLook;
  /** Firings whose record is in the log, by the message that it is in, until that is applied. */
  readonly #brought = new Map<string, number>();

  constructor(options: ItemChooserOptions) {
    this.#options = options;
    const { onError } = options;
    this.#looking = new RepeatedLook({ everyMs: limits.itemsPollMs, look: () => this.look(), onError });
  }

  start(): void {
    this.#looking.start();
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  /** Somebody waits: looks soon. While much is still being learned there would be nothing to bring; the timer sees who loses patience. */
  poke(): void {
    if (this.#options.ready()) this.#looking.poke();
  }

  /** Brings all firings that wait here their items; answers how many. */
  async look(): Promise<number> {
    const { store, partition, codec, appliedSeq } = this.#options;
    const applied = appliedSeq() ?? -1;
    for (const [firing, seq] of this.#brought) if (seq <= applied) this.#brought.delete(firing);
    let brought = 0;
    for (let after = ''; ; ) {
      const page = await store.scan(partition, WAITING, after, limits.pageMax);
      // The codec answers the type that belongs to the key's prefix.
      const waiting = page.map(([key, bytes]) => codec.decode(key, bytes) as WaitingFiring);
      brought += await this.#bring(waiting);
      after = page.at(-1)?.[0] ?? after;
      if (page.length < limits.pageMax) return brought;
    }
  }

  async #bring(waiting: readonly WaitingFiring[]): Promise<number> {
    const records: ItemsRecord[] = [];
    for (const { firing, items } of waiting) {
      if (items === undefined || this.#brought.has(firing.id) || !this.#isTime(firing.at)) continue;
      if (this.#looking.signal.aborted) throw new TesseraError('stopping');
      const chosen = await this.#choose(firing.profile_id, items);
      records.push({ kind: 'items', firing: firing.id, chosen });
    }
    if (records.length === 0) return 0;
    const positions = await this.#options.log.append(records.map(encodeRecord));
    const seq = positions.at(-1)?.seq ?? 0;
    for (const { firing } of records) this.#brought.set(firing, seq);
    return records.length;
  }

  /** Half an index would recommend what nobody wants, and no index for ever would be worse. */
  #isTime(since: number): boolean {
    const { ready, clock } = this.#options;
    return ready() || clock.now() - since >= limits.itemsPatienceMs;
  }

  async #choose(profile: string, wanted: ItemsToChoose): Promise<ChosenItems> {
    const { choose, onError } = this.#options;
    try {
      return await choose(profile, wanted);
    } catch (error) {
      if (error instanceof TesseraError && PASSING.has(error.code)) throw error;
      onError(error);
      return { placement: wanted.placement, strategy: 'none', items: [] };
    }
  }
}
