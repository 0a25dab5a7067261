import type { Stretch } from '../analytics/analysis.ts';
import { completenessOf, countFields } from '../analytics/quality/completeness.ts';
import { findFlags, type ReadTrait } from '../analytics/quality/flags.ts';
import { namesSeen } from '../analytics/quality/names-seen.ts';
import { type QualityReport, quality } from '../analytics/quality/quality.ts';
import type { QualityQuestion } from '../analytics/quality/question.ts';
import { RepeatedLook } from '../background/repeated-look.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';
import { QUALITY_BEFORE_ANY } from '../model/quality.ts';
import { DAY_MS, HOUR_MS } from '../model/time.ts';
import { type Zone, Zones } from '../model/zone.ts';
import type { Clock } from '../ports/clock.ts';
import type { History } from '../ports/history.ts';
import type { DataQuality } from '../serve/data-quality-service.ts';
import type { ProfileReader } from '../serve/services.ts';
import { readHistoryRows } from './past-events.ts';

export interface QualityDeskOptions {
  readonly history: Pick<History, 'query'>;
  readonly clock: Clock;
  readonly definitions: Definitions;
  /** By type: the properties that its schema names, as they are in force. */
  readonly known: () => ReadonlyMap<string, readonly string[]>;
  readonly profiles: Pick<ProfileReader, 'byId'>;
  /** Whether this node looks by itself. */
  readonly leads: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** Looks at history under the definition in force: when asked, and in the background, so that alerts and metrics have something to say. */
export class QualityDesk implements DataQuality {
  readonly #options: QualityDeskOptions;
  readonly #looking: RepeatedLook;
  readonly #zones = new Zones();
  #latest: QualityReport | null = null;
  #latestAt = 0;

  constructor(options: QualityDeskOptions) {
    this.#options = options;
    const { onError } = options;
    this.#looking = new RepeatedLook({ everyMs: limits.qualityEveryMs, look: () => this.look(), onError });
  }

  get latest(): QualityReport | null {
    return this.#latest;
  }

  get latestAt(): number {
    return this.#latestAt;
  }

  /** Looks now and then. Idempotent. */
  start(): void {
    this.#looking.start();
  }

  async stop(): Promise<void> {
    await this.#looking.stop();
  }

  /** Once, where this node does what needs doing once. */
  async look(): Promise<void> {
    const { leads, clock } = this.#options;
    if (!leads()) return;
    const question = this.#question(this.lately(), limits.qualityEventsReadBeside);
    const { answer } = await quality(question, this.#source());
    this.#latest = answer;
    this.#latestAt = clock.now();
  }

  report(stretch: Stretch): ReturnType<DataQuality['report']> {
    return quality(this.#question(stretch), this.#source());
  }

  flags(stretch: Stretch): ReturnType<DataQuality['flags']> {
    const question = this.#question(stretch);
    return findFlags({ ...question, rowsMax: limits.qualityFlagsMax }, this.#source());
  }

  async completeness(stretch: Stretch): ReturnType<DataQuality['completeness']> {
    const { ask } = this.#source();
    const question = this.#question(stretch, limits.qualityEventsReadBeside);
    const counts = await countFields(question, await namesSeen(question, ask), ask);
    const { found } = completenessOf(question, counts);
    return { value: found.rate, cases: found.expected };
  }

  dayAt(day: string): Stretch | undefined {
    const zone = this.#zones.find(this.#zone);
    const at = day === 'yesterday' ? yesterday(this.now(), zone) : Date.parse(`${day}T00:00:00Z`);
    if (Number.isNaN(at) || (day !== 'yesterday' && new Date(at).toISOString().slice(0, 10) !== day))
      return undefined;
    return { from: midnight(at, zone), to: midnight(at + DAY_MS, zone) };
  }

  now(): number {
    return this.#options.clock.now();
  }

  lately(): Stretch {
    const to = Math.floor((this.#options.clock.now() - limits.qualitySettleMs) / HOUR_MS) * HOUR_MS;
    return { from: to - DAY_MS, to };
  }

  get #zone(): string {
    return this.#options.definitions.entry.messaging?.definition?.zone ?? 'UTC';
  }

  /** What has not settled by now is left out: an hour that is not over is not quiet. */
  #question(stretch: Stretch, eventsReadMax: number = limits.qualityEventsReadMax): QualityQuestion {
    const { definitions, known, clock } = this.#options;
    const { entry } = definitions;
    return {
      from: stretch.from,
      to: stretch.to,
      settled: clock.now() - limits.qualitySettleMs,
      rules: entry.quality?.definition ?? QUALITY_BEFORE_ANY,
      zone: this.#zone,
      known: known(),
      preferenceDays: limits.preferenceDays,
      identifiers: entry.identity.definition.types.map(({ type }) => type),
      eventsReadMax,
      eventsAtOnce: limits.qualityEventsAtOnce,
      rowsMax: limits.qualityRowsMax,
      namesMax: limits.qualityNamesMax,
    };
  }

  #source() {
    const { history } = this.#options;
    return {
      ask: (sql: string) => readHistoryRows(history, sql),
      readTrait: this.#traits(),
    };
  }

  /** In clear, and for the comparison alone: a flag tells which rule it is about, never a value. */
  #traits(): ReadTrait {
    const { profiles } = this.#options;
    const read = new Map<string, Readonly<Record<string, JsonValue>>>();
    return async (profile, trait) => {
      let traits = read.get(profile);
      if (traits === undefined) {
        const view = await profiles.byId(profile, { reveal: true, features: new Set() });
        traits = (view?.traits ?? {}) as Readonly<Record<string, JsonValue>>;
        read.set(profile, traits);
      }
      return Object.hasOwn(traits, trait) ? traits[trait] : undefined;
    };
  }
}

/** Midnight of the day before, as its own clock counts. */
function yesterday(now: number, zone: Zone | undefined): number {
  const local = zone === undefined ? now : zone.localAt(now);
  return (Math.floor(local / DAY_MS) - 1) * DAY_MS;
}

/** When the clock of a zone begins a day; the offset is asked twice, because it may change on the way. */
function midnight(at: number, zone: Zone | undefined): number {
  if (zone === undefined) return at;
  const near = at - zone.offsetAt(at);
  return at - zone.offsetAt(near);
}
