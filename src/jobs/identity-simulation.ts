import { Pace } from '../background/pace.ts';
import type { Definitions } from '../definitions/definitions.ts';
import type { IdentityPolicy } from '../model/identity-policy.ts';
import type { JsonObject } from '../model/json.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReportProgress } from '../serve/services.ts';
import type { IdentitySimulation, SimulationRange } from '../serve/simulation-service.ts';
import { comparePeople } from './identity-simulation/compare-people.ts';
import {
  describeChanges,
  describePerson,
  describeReplay,
  largestOf,
} from './identity-simulation/describe-replay.ts';
import type { PastSource } from './identity-simulation/past-records.ts';
import { notesOf } from './identity-simulation/policy-notes.ts';
import { type ReplayInput, replayPolicies } from './identity-simulation/replay-policies.ts';
import { chooseChanged, sampleFeatures } from './identity-simulation/sample-features.ts';

/**
 * What would another policy have done? The events of the past go through the identity stage twice, side by side: under
 * the policy in force and under the one in question. Both start from nothing and keep their state in memory, so nothing
 * is touched, and what they come to differs by the policy alone. Then people are compared by the events that they hold,
 * and the features of some whom it concerns are computed both ways.
 */
export interface SimulationOptions
  extends PastSource,
    Pick<ReplayInput, 'space' | 'indexKey' | 'defaultRegion' | 'reviewed' | 'entriesMax'> {
  readonly definitions: Definitions;
  readonly clock: Clock;
  readonly readPolicy: IdentitySimulation['readPolicy'];
}

interface Request {
  readonly range: SimulationRange;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

export function createIdentitySimulation(options: SimulationOptions): IdentitySimulation {
  return {
    readPolicy: options.readPolicy,
    simulate: (policy, request) => simulate(policy, request, options),
  };
}

async function simulate(
  simulated: IdentityPolicy,
  request: Request,
  options: SimulationOptions,
): Promise<JsonObject> {
  const { definitions, clock, log } = options;
  // What holds now holds to the end, whatever is appended or put in force meanwhile.
  const { definition: baseline, since } = definitions.entry.identity;
  const features = definitions.features;
  const { from, to } = request.range;
  const range = { end: log.stats().lastSeq, from: from ?? -Infinity, to: to ?? Infinity };
  const pace = new Pace(clock, request.signal);
  const progress = reportOf(request.report, range.end);
  const policies = { baseline, simulated };
  const input = { ...options, policies, range, pace, progress: progress('replaying', 0) };
  const replayed = await replayPolicies(input);
  const comparison = await comparePeople(replayed, pace);
  const changed = await chooseChanged(comparison, pace);
  const sample = { ...input, features, replayed, changed, at: clock.now() };
  const differences =
    changed.length === 0
      ? []
      : await sampleFeatures({ ...sample, progress: progress('folding features of samples', range.end) });
  const largest = await largestOf(replayed.simulated, pace);
  return {
    events: replayed.events,
    commands: replayed.commands,
    from: from ?? replayed.firstReceivedAt ?? null,
    to: to ?? (replayed.lastReceivedAt === undefined ? null : replayed.lastReceivedAt + 1),
    baseline: await describeReplay(replayed.baseline, pace),
    simulated: await describeReplay(replayed.simulated, pace),
    people_gained: comparison.gained,
    people_lost: comparison.lost,
    ...(await describeChanges(replayed, comparison, pace)),
    largest_profiles: largest.map(({ id }) => describePerson(replayed.simulated, id)),
    feature_differences: differences,
    notes: notesOf({ policies, since, replayed, from }),
  };
}

/** The log is read once, and once more where people differ. */
function reportOf(report: ReportProgress, end: number) {
  return (note: string, before: number) => (seq: number) => {
    report({ done: before + seq, total: end * 2, note });
  };
}
