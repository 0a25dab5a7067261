import type { Cost } from '../model/cost.ts';

/** What messages cost, as somebody who pays for them says. */
export interface Costs {
  /** Kept in the log when it resolves; reports show them once history has them. Fails as the log does. */
  put(costs: readonly Cost[], author: string): Promise<{ readonly taken: number }>;
}
