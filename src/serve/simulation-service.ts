import type { IdentityPolicy } from '../model/identity-policy.ts';
import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { ReportProgress } from './services.ts';

/** Times of events (as received) between which a simulation looks; open where absent. */
export interface SimulationRange {
  readonly from?: EpochMs;
  readonly to?: EpochMs;
}

/** What another policy would have done with the events of the past; touches no state. */
export interface IdentitySimulation {
  /** The policy of a definition, checked; fails with `invalid_definition`, saying where and what. */
  readPolicy(definition: JsonObject | string): IdentityPolicy;
  /** The report. Ends with an error soon after the signal. */
  simulate(
    policy: IdentityPolicy,
    options: {
      readonly range: SimulationRange;
      readonly report: ReportProgress;
      readonly signal: AbortSignal;
    },
  ): Promise<JsonObject>;
}
