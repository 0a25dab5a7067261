import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { PendingMoment, WaitedName } from '../model/catalog.ts';
import { waitingFor } from '../model/keys.ts';
import type { LogRecord, MomentRecord } from '../model/record.ts';
import type { CatalogMoment } from '../model/trigger.ts';
import type { Log } from '../ports/log.ts';
import type { StateStore } from '../ports/state.ts';
import { encodeRecord } from '../runner/codec.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import { RepeatedLook } from './repeated-look.ts';

export interface MomentWalkOptions {
  readonly partition: string;
  readonly store: Pick<StateStore, 'scan'>;
  readonly log: Pick<Log, 'append'>;
  readonly codec: EntryCodec;
  /** The last message of the log that the stored state reflects; undefined while that is not known. */
  readonly appliedSeq: () => number | undefined;
  readonly onError: (error: unknown) => void;
  /** Profiles of a page (default: the limit). */
  readonly pageMax?: number;
}

const PENDING = 'p/';

/**
 * Wakes the profiles of a partition that wait for something that has happened in the catalog: a page of them, each by a record
 * of the log, then a record that says how far it has come; the next page when all of that is applied. So a moment that a
 * million wait for is no flood, and a restart goes on where it was. What is brought twice finds nobody waiting any more, or
 * decides what was decided before.
 */
export class MomentWalk {
  readonly #options: MomentWalkOptions;
  readonly #looking: RepeatedLook;

  constructor(options: MomentWalkOptions) {
    this.#options = options;
    const { onError } = options;
    this.#looking = new RepeatedLook({ everyMs: limits.momentPollMs, look: () => this.walk(), onError });
  }

  start(): void {
    this.#looking.start();
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  /** Works through all pending moments, oldest first; answers how many profiles were woken. */
  async walk(): Promise<number> {
    const { store, partition, codec, appliedSeq } = this.#options;
    if (appliedSeq() === undefined) return 0;
    for (let woken = 0; ; ) {
      this.#check();
      const [first] = await store.scan(partition, PENDING, '', 1);
      if (first === undefined) return woken;
      const [key, bytes] = first;
      // The codec answers the type that belongs to the key's prefix.
      woken += await this.#page(key, codec.decode(key, bytes) as PendingMoment);
    }
  }

  /** The next page of those who wait under one name. */
  async #page(key: string, { moment, names, name: place, after }: PendingMoment): Promise<number> {
    const { store, partition, pageMax = limits.momentPageMax } = this.#options;
    const name = names[place];
    if (name === undefined) {
      await this.#append([{ kind: 'moment', key }]);
      return 0;
    }
    const prefix = waitingFor(name.name);
    const page = await store.scan(partition, prefix, after, pageMax);
    const told = momentUnder(moment, name);
    const wakes = page.map(
      ([waiting]): LogRecord => ({
        kind: 'wake',
        profile: waiting.slice(prefix.length),
        at: moment.at,
        moment: told,
      }),
    );
    await this.#append([
      ...wakes,
      { kind: 'moment', key, ...next({ place, names: names.length, full: page.length === pageMax }, page) },
    ]);
    return wakes.length;
  }

  /** Appends and waits until all of it is applied. */
  async #append(records: readonly LogRecord[]): Promise<void> {
    const { log, appliedSeq } = this.#options;
    const positions = await log.append(records.map(encodeRecord));
    const last = positions.at(-1)?.seq ?? 0;
    while ((appliedSeq() ?? 0) < last) {
      this.#check();
      await sleep(limits.settlePollMs);
    }
  }

  #check(): void {
    if (this.#looking.signal.aborted) throw new TesseraError('stopping');
  }
}

/** Whoever waits under another name of the item or variant hears of it under the name that they know. */
function momentUnder(moment: CatalogMoment, { name, of }: WaitedName): CatalogMoment {
  return of === 'variant' ? { ...moment, variant: name } : { ...moment, item: name };
}

/** Where a full page ends; after a short one, the next name, if there is one. */
function next(
  { place, names, full }: { readonly place: number; readonly names: number; readonly full: boolean },
  page: readonly (readonly [string, Uint8Array])[],
): Pick<MomentRecord, 'reached'> {
  const last = page.at(-1)?.[0];
  if (full && last !== undefined) return { reached: { name: place, after: last } };
  return place + 1 < names ? { reached: { name: place + 1, after: '' } } : {};
}
