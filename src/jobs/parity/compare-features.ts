import type { Feature, FeatureSet } from '../../features/compile.ts';
import { FeatureReader, type ProfileMoment } from '../../features/read.ts';
import { limits } from '../../limits.ts';
import type { FeatureValue } from '../../model/feature.ts';
import type { JsonValue } from '../../model/json.ts';
import type { Facet } from '../../model/profile.ts';
import type { EpochMs } from '../../model/time.ts';
import type { ParityDifference, SkippedFeature, SkipReason } from '../../serve/parity-report.ts';

/** One profile twice: out of the state, and out of history. */
export interface Twice {
  readonly profileId: string;
  readonly live: ProfileMoment;
  readonly history: readonly Facet[];
  /** The set in force, and the same one as if it had been there from the start. */
  readonly sets: { readonly live: FeatureSet; readonly whole: FeatureSet };
  /** Append time of the first event. */
  readonly firstAppliedAt: EpochMs | undefined;
}

export interface ComparedFeatures {
  readonly compared: number;
  readonly skipped: readonly SkippedFeature[];
  readonly differences: readonly ParityDifference[];
}

/**
 * Reads every feature of both at the same moment. Features that cannot have seen everything are left out. Derived ones
 * see the traits of the state on both sides: the policy that ranked them then may have been another one.
 */
export function compareFeatures(twice: Twice): ComparedFeatures {
  const { live, sets, profileId } = twice;
  const { now } = live;
  const trait = live.trait === undefined ? {} : { trait: live.trait };
  const ours = new FeatureReader(sets.live, live);
  const theirs = new FeatureReader(sets.whole, { facets: twice.history, now, ...trait });
  const nothing = new FeatureReader(sets.whole, { facets: [], now, ...trait });
  const differences: ParityDifference[] = [];
  const skipped: SkippedFeature[] = [];
  let compared = 0;
  for (const name of [...sets.live.byName.keys(), ...sets.live.derived.keys()]) {
    const missed = whatMissed(name, twice);
    if (missed !== undefined) {
      skipped.push({ feature: name, reason: missed });
      continue;
    }
    const [mine, other] = [ours.read(name), theirs.read(name)];
    const [left, right] = [answerOf(mine), answerOf(other)];
    const estimated = mine?.approximate === true && other?.approximate === true;
    if (left !== right && estimated && wasFilled(name, twice)) {
      skipped.push({ feature: name, reason: 'filled_estimate' });
      continue;
    }
    compared++;
    if (left === right) continue;
    const none = answerOf(nothing.read(name));
    const kind = left === none ? 'missing' : right === none ? 'extra' : 'mismatch';
    const shown = (answer: string): JsonValue => (answer === none ? null : (JSON.parse(answer) as JsonValue));
    const values = { live: shown(left), history: shown(right) };
    differences.push({ profile_id: profileId, feature: name, kind, ...values, as_of: now });
  }
  return { compared, skipped, differences };
}

/** What must be equal. Where a feature is a plain value it is shown as that. */
function answerOf(value: FeatureValue | undefined): string {
  if (value === undefined) return 'null';
  const { as_of: _at, partial: _partial, ...answer } = value;
  return JSON.stringify(Object.keys(answer).length === 1 ? answer.value : answer);
}

/** Why the feature has not seen everything; undefined where it has. */
function whatMissed(name: string, twice: Twice): SkipReason | undefined {
  const { live } = twice.sets;
  const derived = live.derived.get(name);
  if (derived !== undefined) {
    const missed = derived.inputs.some((input) => whatMissed(input, twice) !== undefined);
    return missed ? 'input_defined_later' : undefined;
  }
  const feature = live.byName.get(name);
  return feature === undefined || covers(feature, twice) ? undefined : 'defined_later';
}

/** What was filled from history is the union of two parts: of a sketch that overflowed, another estimate. */
function wasFilled(name: string, twice: Twice): boolean {
  const { live } = twice.sets;
  const derived = live.derived.get(name);
  if (derived !== undefined) return derived.inputs.some((input) => wasFilled(input, twice));
  const feature = live.byName.get(name);
  return feature !== undefined && feature.createdAt > (twice.firstAppliedAt ?? Number.POSITIVE_INFINITY);
}

/** Tiles round a window outward, and an order may be told of ahead of its time: both reach back a little further. */
const ROUNDED = 1 + 2 / limits.tilesPerWindow;

function covers({ origin, createdAt, windowMs }: Feature, { live, firstAppliedAt }: Twice): boolean {
  if (origin || createdAt <= (firstAppliedAt ?? Number.POSITIVE_INFINITY)) return true;
  return createdAt <= live.now - windowMs * ROUNDED - limits.futureToleranceMs;
}
