import type { EpochMs } from './time.ts';

/** Type of the events that say what messages cost; only the engine writes them, under the source of operators. */
export const COST_RECORDED = 'cost_recorded';

/** What was spent on one day on a trigger of ours, or a campaign of another system; the newest word on a day counts. */
export interface Cost {
  readonly kind: 'trigger' | 'campaign';
  readonly name: string;
  /** Such as 2026-11-11. */
  readonly day: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
}

/** What is told of a day, and when. */
export interface CostWord extends Cost {
  readonly author: string;
  readonly at: EpochMs;
}
