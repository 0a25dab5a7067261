import { randomUUID } from 'node:crypto';
import { RepeatedLook } from '../../background/repeated-look.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import { TesseraError } from '../../errors.ts';
import { pseudoFacetOf } from '../../ingest/facet-key.ts';
import type { Intake } from '../../ingest/intake.ts';
import { limits } from '../../limits.ts';
import { ENGINE_SOURCE, type Event } from '../../model/event.ts';
import { QUALITY_BEFORE_ANY, type QualityDefinition } from '../../model/quality.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import type { TargetName, TargetReport, TargetStanding, Targets } from '../../serve/target-service.ts';
import { readHistoryRows } from '../past-events.ts';
import { type Measured, type MeasureOptions, targetFigures } from './target-figures.ts';

/** Type of the events that say that a target is met, or missed, from then on; only the engine writes them. */
export const TARGET_CHANGED = 'target_changed';

export interface TargetWatchOptions extends MeasureOptions {
  readonly definitions: Definitions;
  readonly history: Pick<History, 'query'>;
  readonly intake: Pick<Intake, 'append'>;
  readonly clock: Clock;
  /** Whether this is the node that does what needs doing once. */
  readonly leads: () => boolean;
  readonly onError: (error: unknown) => void;
}

interface Turn {
  readonly standing: string;
  /** Null: it was so when somebody looked first. */
  readonly at: EpochMs | null;
}

/**
 * Looks at the figures that have a target, on one node of several every hour, and notes in the log when one is met or missed that was
 * not before: so "since when" outlives restarts, and is there for whoever asks history.
 */
export class TargetWatch implements Targets {
  readonly #options: TargetWatchOptions;
  readonly #looking: RepeatedLook;
  #latest: TargetReport | undefined;
  #underWay: Promise<TargetReport> | undefined;
  /** When it last looked by itself. */
  #looked: EpochMs = Number.NEGATIVE_INFINITY;
  /** What was noted last of each; undefined before history was asked. */
  #turns: Map<string, Turn> | undefined;

  constructor(options: TargetWatchOptions) {
    this.#options = options;
    const { onError } = options;
    this.#looking = new RepeatedLook({ everyMs: limits.targetsPollMs, look: () => this.#look(), onError });
  }

  get latest(): TargetReport | undefined {
    return this.#latest;
  }

  start(): void {
    this.#looking.start();
  }

  async stop(): Promise<void> {
    await this.#looking.stop();
    await this.#underWay?.catch(this.#options.onError);
  }

  async report(): Promise<TargetReport> {
    return this.#isFresh(limits.targetsFreshMs) && this.#latest ? this.#latest : await this.#measure();
  }

  async #look(): Promise<void> {
    const { leads, clock } = this.#options;
    const now = clock.now();
    // Where history is away it is not asked every minute.
    if (!leads() || this.#isFresh(limits.targetsLookMs) || now - this.#looked < limits.targetsFreshMs) return;
    this.#looked = now;
    await this.#measure();
  }

  /** A changed goal makes what was found under another one old at once. */
  #isFresh(ageMs: number): boolean {
    const found = this.#latest;
    if (found === undefined || this.#options.clock.now() - found.to >= ageMs) return false;
    const quality = this.#quality();
    return found.targets.every(
      ({ target, goal, cases_min }) =>
        goal === targetFigures[target].goal(quality) && cases_min === targetFigures[target].casesMin(quality),
    );
  }

  #quality(): QualityDefinition {
    return this.#options.definitions.entry.quality?.definition ?? QUALITY_BEFORE_ANY;
  }

  /** One at a time, whoever asks. */
  #measure(): Promise<TargetReport> {
    this.#underWay ??= this.#measureAll().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #measureAll(): Promise<TargetReport> {
    const { clock, definitions } = this.#options;
    const quality = this.#quality();
    const to = clock.now();
    const stretch = { from: to - quality.figures.days * DAY_MS, to };
    // Not by all nodes but the one that notes them: another one may have noted something since.
    if (this.#turns === undefined || !this.#options.leads()) this.#turns = await this.#noted();
    const targets: TargetStanding[] = [];
    const asked = { ...stretch, currency: definitions.reportingCurrency, quality };
    for (const target of Object.keys(targetFigures) as TargetName[]) {
      const { wanted, goal, casesMin, measure } = targetFigures[target];
      const found = await measuredOr(measure(asked, this.#options));
      const bounds = { goal: goal(quality), cases_min: casesMin(quality) };
      const standing = standingOf(found, { wanted, ...bounds });
      const since = await this.#sinceOf(target, standing, { found, goal: bounds.goal, to });
      targets.push({ target, wanted, ...found, ...bounds, standing, since });
    }
    this.#latest = { ...stretch, targets };
    return this.#latest;
  }

  async #sinceOf(
    target: TargetName,
    standing: TargetStanding['standing'],
    { found, goal, to }: { readonly found: Measured; readonly goal: number; readonly to: EpochMs },
  ): Promise<EpochMs | null> {
    const turn = this.#turns?.get(target);
    if (turn?.standing === standing) return turn.at;
    if (standing === 'unknown') {
      if (turn === undefined) this.#turns?.set(target, { standing, at: null });
      return null;
    }
    // What was found first is no change: nobody knows since when it is so.
    if (turn === undefined) {
      this.#turns?.set(target, { standing, at: null });
      return null;
    }
    if (this.#options.leads()) {
      await this.#options.intake.append(
        [changed(target, { standing, goal, value: found.value, at: to })],
        [],
      );
      this.#turns?.set(target, { standing, at: to });
    }
    return to;
  }

  async #noted(): Promise<Map<string, Turn>> {
    const rows = await readHistoryRows(
      this.#options.history,
      `SELECT target, argMax(standing, at) AS last, toUnixTimestamp64Milli(max(at)) AS since FROM target_changes GROUP BY target`,
    );
    return new Map(
      rows.map(({ target, last, since }) => [String(target), { standing: String(last), at: Number(since) }]),
    );
  }
}

/** A figure that takes more than it may is not known; that history is away concerns all of them. */
async function measuredOr(measuring: Promise<Measured>): Promise<Measured & { readonly problem?: string }> {
  try {
    return await measuring;
  } catch (error) {
    if (!(error instanceof TesseraError) || error.code !== 'sql_error') throw error;
    return { value: null, cases: 0, problem: error.code };
  }
}

function standingOf(
  { value, cases }: Measured,
  { wanted, goal, cases_min }: Pick<TargetStanding, 'wanted' | 'goal' | 'cases_min'>,
): TargetStanding['standing'] {
  if (value === null || cases < cases_min) return 'unknown';
  return (wanted === 'at_least' ? value >= goal : value <= goal) ? 'met' : 'missed';
}

interface Change {
  readonly standing: string;
  readonly goal: number;
  readonly value: number | null;
  readonly at: EpochMs;
}

function changed(target: TargetName, { standing, goal, value, at }: Change): Event {
  return {
    ...{ id: `target-${randomUUID()}`, type: TARGET_CHANGED, time: at, receivedAt: at },
    ...{ source: ENGINE_SOURCE, channel: 'server', claims: [] },
    facet: pseudoFacetOf({ orderKey: `target\0${target}`, source: ENGINE_SOURCE, id: '' }),
    properties: { target, standing, goal, value },
  };
}
