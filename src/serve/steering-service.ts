import type { Costs } from './cost-service.ts';
import type { Expecting } from './expected-service.ts';
import type { Targets } from './target-service.ts';

/** What retailers steer by, beside the figures out of history. */
export interface Steering {
  readonly costs: Costs;
  readonly targets: Targets;
  readonly expecting: Expecting;
}
