import { Pace } from '../background/pace.ts';
import { WholePast } from '../desks/profile-history/whole-past.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { Parity, ParityCounts, ParityDifference, ParityReport } from '../serve/parity-report.ts';
import type { ReportProgress } from '../serve/services.ts';
import { type CheckSource, checkProfile, type Uncompared } from './parity/check-profile.ts';
import type { ComparedFeatures } from './parity/compare-features.ts';
import { chanceOf, type ProfileSource, peopleAfter, pickProfiles } from './parity/pick-profiles.ts';
import { SkippedFeatures } from './parity/skipped-features.ts';

/**
 * Is the state what history says it must be? In the background a share of all people, picked by the hash of their ids,
 * is recomputed from history and compared, feature by feature. A lap over all profiles takes as many rounds as it
 * takes; the next lap picks others. Asked by an operator it checks whom they name.
 */
export interface ParityOptions extends Omit<CheckSource, 'whole'>, ProfileSource {
  /** From 0, which switches the background check off, to 1. */
  readonly share: number;
  /** A round failed; the next one goes on where it stood. */
  readonly onError: (error: unknown) => void;
}

type Counts = { -readonly [K in keyof ParityCounts]: number };

export class ParityCheck implements Parity {
  readonly #options: ParityOptions;
  readonly #source: CheckSource;
  readonly #counts = noCounts();
  readonly #aborting = new AbortController();
  #differences: readonly ParityDifference[] = [];
  #endedAt: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #lap = 0;
  /** The last profile that this lap has looked at. */
  #after = '';

  constructor(options: ParityOptions) {
    this.#options = options;
    this.#source = { ...options, whole: new WholePast(options.definitions) };
  }

  get latest(): ParityReport {
    const { share } = this.#options;
    return { share, ...this.#counts, as_of: this.#endedAt, differences: this.#differences };
  }

  /** Checks now and then. Idempotent. */
  start(): void {
    if (this.#timer !== undefined || this.#options.share === 0) return;
    this.#timer = setInterval(() => void this.round(), limits.parityEveryMs).unref();
  }

  /** Ends the round under way and waits for it. Idempotent. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#aborting.abort();
    await this.#round;
  }

  /** One at a time: who asks while a round is under way waits for that one. */
  round(): Promise<void> {
    this.#round ??= this.#roundOnce().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async check(
    request: { readonly ids: readonly string[] } | { readonly profiles: number },
    { report, signal }: { readonly report: ReportProgress; readonly signal: AbortSignal },
  ): Promise<JsonObject> {
    const { clock } = this.#options;
    const pace = new Pace(clock, signal);
    const salt = `job ${clock.now()}`;
    const ids =
      'ids' in request
        ? request.ids
        : await pickProfiles({ most: request.profiles, salt }, this.#options, pace);
    const counts = noCounts();
    const differences: ParityDifference[] = [];
    const uncompared: Partial<Record<Uncompared, number>> = {};
    const skipped = new SkippedFeatures();
    for (const [done, id] of ids.entries()) {
      report({ done, total: ids.length, note: 'comparing profiles' });
      pace.check();
      const found = await this.#check(id, pace, counts);
      if (typeof found === 'string') {
        uncompared[found] = (uncompared[found] ?? 0) + 1;
        continue;
      }
      skipped.add(found.skipped);
      differences.push(...found.differences.slice(0, limits.parityDifferencesShown - differences.length));
    }
    // Plain values by their types; spreading makes them the JSON that a job answers.
    const shown = differences.map((difference): JsonObject => ({ ...difference }));
    return {
      ...counts,
      skipped_for: { ...uncompared },
      features_skipped_for: skipped.byReason,
      skipped_features: skipped.byFeature,
      as_of: clock.now(),
      differences: shown,
    };
  }

  async #roundOnce(): Promise<void> {
    const { onError, clock } = this.#options;
    try {
      const pace = new Pace(clock, this.#aborting.signal);
      for (const id of await this.#sample(pace)) {
        const found = await this.#check(id, pace, this.#counts);
        if (typeof found !== 'string') this.#keep(found.differences);
      }
      this.#endedAt = clock.now();
    } catch (error) {
      if (!(error instanceof TesseraError && error.code === 'stopping')) onError(error);
    }
  }

  /** The people of the next stretch of the lap that its hash picks. */
  async #sample(pace: Pace): Promise<readonly string[]> {
    const { share } = this.#options;
    const picked: string[] = [];
    let seen = 0;
    for await (const id of peopleAfter(this.#after, this.#options, pace)) {
      this.#after = id;
      if (chanceOf(`lap ${this.#lap}`, id) < share) picked.push(id);
      if (picked.length === limits.parityProfilesPerRound || ++seen === limits.parityHeadersPerRound)
        return picked;
    }
    this.#after = '';
    this.#lap++;
    return picked;
  }

  async #check(id: string, pace: Pace, counts: Counts): Promise<ComparedFeatures | Uncompared> {
    const found = await checkProfile(id, this.#source, pace);
    if (typeof found === 'string') {
      counts.profiles_skipped++;
      return found;
    }
    counts.profiles++;
    counts.features += found.compared;
    counts.features_skipped += found.skipped.length;
    for (const { kind } of found.differences) counts[kind]++;
    return found;
  }

  #keep(found: readonly ParityDifference[]): void {
    if (found.length > 0)
      this.#differences = [...found, ...this.#differences].slice(0, limits.parityDifferencesShown);
  }
}

function noCounts(): Counts {
  return {
    profiles: 0,
    profiles_skipped: 0,
    features: 0,
    features_skipped: 0,
    mismatch: 0,
    missing: 0,
    extra: 0,
  };
}
