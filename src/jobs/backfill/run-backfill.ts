import { setTimeout as sleep } from 'node:timers/promises';
import { Pace } from '../../background/pace.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import { type PastEvent, parsePastEvent } from '../../desks/past-events.ts';
import { TesseraError } from '../../errors.ts';
import { compileFeatures, type FeatureSet } from '../../features/compile.ts';
import { encodeFacet } from '../../features/encode.ts';
import { addEvent } from '../../features/update.ts';
import type { Historian } from '../../historian/historian.ts';
import { limits } from '../../limits.ts';
import type { BackfillCursor, BackfillInForce } from '../../model/definitions.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Facet } from '../../model/profile.ts';
import type { BackfilledFacet, BackfillStep } from '../../model/record.ts';
import { fillingOf } from '../../pipeline/change-backfill.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log, MaybePromise } from '../../ports/log.ts';
import { emptyFacet } from '../../profile/facets.ts';
import { encodeRecord } from '../../runner/codec.ts';
import type { ReportProgress } from '../../serve/services.ts';
import { type FeaturesPast, type PastOfFeatures, type PlaceInPast, pastOf } from './past-of-features.ts';

/**
 * Fills features from history. Everything that changes state is a record of the log, so this only reads and appends:
 *
 *   request what somebody asked for, in the log before they are answered
 *   begin   the cut; from here on the features gather state under numbers of their own, while the old ones answer
 *   states  what each facet held before the cut, reduced out of history by the reducer of live events
 *   end     the new numbers take the place of the old ones
 *
 * It may be stopped anywhere and run again: the records say what has been done, and what comes twice counts once. It
 * holds one facet at a time, works in slices, and appends only so far ahead of what has been applied that live events
 * wait for little.
 */
export interface BackfillParts {
  readonly definitions: Definitions;
  readonly log: Pick<Log, 'append'>;
  readonly past: PastOfFeatures;
  readonly historian: Pick<Historian, 'drain'>;
  readonly clock: Clock;
  /** Sequence of the last message that was applied and committed. */
  readonly appliedSeq: () => MaybePromise<number>;
  /** Where each partition began to gather, as committed; that of the embedded form is in its definitions. */
  readonly cuts?: (id: string) => Promise<FeaturesPast['cuts']>;
  /** As committed. */
  readonly cursor: () => MaybePromise<BackfillCursor | undefined>;
  /** Facets of one record, and bytes ahead of what has been applied (default: what limits say). */
  readonly recordFacets?: number;
  readonly aheadBytes?: number;
}

export interface BackfillRequest {
  readonly id: string;
  readonly author: string;
  /** The definition whose features these are. */
  readonly source: string;
  readonly features: readonly string[];
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** The report of the job. */
export async function runBackfill(parts: BackfillParts, request: BackfillRequest): Promise<JsonObject> {
  return await new BackfillRun(parts, request).run();
}

/** Keeps what somebody asked for: from here on a restart knows of it. */
export async function recordRequest(
  { log }: Pick<BackfillParts, 'log'>,
  request: Pick<BackfillRequest, 'id' | 'author' | 'source' | 'features'>,
): Promise<void> {
  const { id, author, source, features } = request;
  const step: BackfillStep = { type: 'request', author, source, features };
  await log.append([encodeRecord({ kind: 'backfill', id, step })]);
}

/** Takes a backfill back that will not come to its end; what it has gathered leaves each facet when that is written next. */
export async function giveUpBackfill(parts: BackfillParts, id: string): Promise<void> {
  const step: BackfillStep = { type: 'cancel' };
  const [position] = await parts.log.append([encodeRecord({ kind: 'backfill', id, step })]);
  const giveUp = performance.now() + limits.waitAppliedMs;
  while ((await parts.appliedSeq()) < (position?.seq ?? 0) && performance.now() < giveUp)
    await sleep(limits.backfillPollMs);
}

class BackfillRun {
  readonly #parts: BackfillParts;
  readonly #request: BackfillRequest;
  readonly #pace: Pace;
  /** What was appended and may not be applied yet, oldest first. */
  #ahead: { readonly seq: number; readonly bytes: number }[] = [];
  /** Facets of the next record, and their bytes. */
  #facets: BackfilledFacet[] = [];
  #bytes = 0;
  /** The last facet that was appended. */
  #appended = '';
  #filled = 0;
  #done = 0;

  constructor(parts: BackfillParts, request: BackfillRequest) {
    this.#parts = parts;
    this.#request = request;
    this.#pace = new Pace(parts.clock, request.signal);
  }

  async run(): Promise<JsonObject> {
    const { since, cut, features: numbered } = await this.#begin();
    this.#report(0, 'waiting for history');
    await this.#patiently(() => this.#untilInHistory());
    await this.#fill();
    await this.#append({ type: 'end' });
    await this.#untilApplied(0);
    const inForce = new Set(this.#parts.definitions.entry.features.map(({ number }) => number));
    if (!numbered.every(({ number }) => inForce.has(number))) throw new TesseraError('backfill_dropped');
    const features = numbered.map(({ name }) => name);
    const filled = { events: this.#done, facets: this.#filled };
    return { definition: this.#request.source, features, cut: { ...cut }, since, ...filled };
  }

  /** Fails once a change of the definitions has dropped it, and where another node has come first. */
  #inForce(): BackfillInForce {
    const { backfill, features } = this.#parts.definitions.entry;
    if (backfill?.id === this.#request.id) return backfill;
    const own = features.filter(({ definition }) => this.#request.features.includes(definition.name));
    if (own.length > 0 && own.every(({ origin }) => origin)) throw new TesseraError('feature_complete');
    throw new TesseraError('backfill_dropped');
  }

  async #begin(): Promise<BackfillInForce> {
    const { id, author, source, features } = this.#request;
    const { backfill } = this.#parts.definitions.entry;
    if (backfill?.id === id) return backfill;
    // Nobody is at work on it: the process that was could not even say so.
    if (backfill !== undefined) await giveUpBackfill(this.#parts, backfill.id);
    await this.#append({ type: 'begin', author, source, features });
    await this.#untilApplied(0);
    return this.#inForce();
  }

  /** History lags behind the state by a moment, or by as long as it is away. */
  async #untilInHistory(): Promise<void> {
    const { signal } = this.#request;
    const drained = await untilAborted(this.#parts.historian.drain(), signal);
    this.#pace.check();
    if (drained !== true) throw new TesseraError('history_unavailable');
  }

  async #fill(): Promise<void> {
    const { definitions, past } = this.#parts;
    const { entry, reportingCurrency } = definitions;
    const filling = fillingOf(entry);
    const set = compileFeatures([], { reportingCurrency, filling });
    const wanted = pastOf(filling?.definitions.map(({ definition }) => definition) ?? [], await this.#cuts());
    const start = (await this.#parts.cursor())?.facet ?? '';
    this.#appended = start;
    const all = await this.#patiently(() => past.count(wanted, ''));
    const left = await this.#patiently(() => past.count(wanted, start));
    this.#done = all - left;
    await this.#readAll(set, wanted, { start, all });
    await this.#flush();
    await this.#untilApplied(0);
    this.#inForce();
    const reached = (await this.#parts.cursor())?.facet;
    if (reached !== this.#appended)
      throw new TesseraError('internal', `facets up to "${this.#appended}" were sent, not all were taken`);
  }

  async #cuts(): Promise<FeaturesPast['cuts']> {
    const { cut } = this.#inForce();
    const { cuts } = this.#parts;
    return cuts === undefined ? [{ partition: 0, ...cut }] : await cuts(this.#request.id);
  }

  async #readAll(
    set: FeatureSet,
    wanted: FeaturesPast,
    { start, all }: { readonly start: string; readonly all: number },
  ): Promise<void> {
    let facet: Facet | undefined;
    let after: PlaceInPast = { facet: start };
    for (;;) {
      const from = after;
      const page = await this.#patiently(() => this.#parts.past.read(wanted, from));
      for (const event of page) {
        if (facet?.id !== event.facet) {
          await this.#add(set, facet);
          facet = emptyFacet(event.facet);
        }
        addEvent(set, facet, parsePastEvent(event), event.now);
        this.#done++;
        if (this.#pace.isDue()) await this.#pace.rest();
      }
      const last: PastEvent | undefined = page.at(-1);
      if (last === undefined) break;
      after = { facet: last.facet, position: last.position };
      this.#report(all, 'reading history');
    }
    await this.#add(set, facet);
  }

  /** A facet is whole; a record goes once it holds enough. */
  async #add(set: FeatureSet, facet: Facet | undefined): Promise<void> {
    if (facet === undefined || (facet.aggregates.size === 0 && facet.orders.size === 0)) return;
    const content = encodeFacet(set, facet);
    this.#facets.push({ id: facet.id, facet: content });
    this.#bytes += JSON.stringify(content).length;
    const { recordFacets = limits.backfillRecordFacets } = this.#parts;
    if (this.#bytes >= limits.backfillRecordBytes || this.#facets.length >= recordFacets) await this.#flush();
  }

  async #flush(): Promise<void> {
    const last = this.#facets.at(-1);
    if (last === undefined) return;
    const bytes = this.#bytes;
    const began = performance.now();
    await this.#append({ type: 'states', after: this.#appended, facets: this.#facets }, bytes);
    this.#filled += this.#facets.length;
    this.#appended = last.id;
    this.#facets = [];
    this.#bytes = 0;
    await this.#untilApplied(this.#parts.aheadBytes ?? limits.backfillAheadBytes);
    this.#inForce();
    await this.#pace.restAfter(performance.now() - began);
  }

  /** A record that was appended twice, because its acknowledgement was lost, counts once. */
  async #append(step: BackfillStep, bytes = 1): Promise<void> {
    const record = encodeRecord({ kind: 'backfill', id: this.#request.id, step });
    const [position] = await this.#patiently(() => this.#parts.log.append([record]));
    this.#ahead.push({ seq: position?.seq ?? 0, bytes });
  }

  /** Until at most so many bytes are ahead of what has been applied. */
  async #untilApplied(bytesMax: number): Promise<void> {
    for (;;) {
      const applied = await this.#parts.appliedSeq();
      this.#ahead = this.#ahead.filter(({ seq }) => seq > applied);
      if (this.#ahead.reduce((sum, { bytes }) => sum + bytes, 0) <= bytesMax) return;
      this.#pace.check();
      await sleep(limits.backfillPollMs);
    }
  }

  /** Log and history may be away for a while. */
  async #patiently<T>(task: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      this.#pace.check();
      try {
        return await task();
      } catch (error) {
        const passes = error instanceof TesseraError && error.retryable && !this.#request.signal.aborted;
        if (!passes || tries >= limits.backfillTriesMax) throw error;
        this.#report(0, `trying again: ${error.code}`);
        await untilAborted(sleep(limits.backfillRetryMs), this.#request.signal);
      }
    }
  }

  #report(total: number, note: string): void {
    this.#request.report({ done: this.#done, total, note: `${this.#request.source}: ${note}` });
  }
}

/** Undefined where the signal came first. */
async function untilAborted<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  let stop = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([waiting, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
