import { randomUUID } from 'node:crypto';
import { pseudoFacetOf } from '../../ingest/facet-key.ts';
import type { Intake } from '../../ingest/intake.ts';
import { COST_RECORDED, type Cost } from '../../model/cost.ts';
import { type Event, OPERATOR_SOURCE } from '../../model/event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Costs } from '../../serve/cost-service.ts';

export interface CostDeskOptions {
  readonly intake: Pick<Intake, 'append'>;
  readonly clock: Clock;
}

/** What messages cost is an event of nobody: a record of the log with an author, which history keeps like every other. */
export function createCostDesk({ intake, clock }: CostDeskOptions): Costs {
  return {
    async put(costs, author) {
      const now = clock.now();
      const events = costs.map((cost): Event => {
        const { kind, name, day, amount, currency } = cost;
        return {
          ...{ id: `cost-${randomUUID()}`, type: COST_RECORDED, time: now, receivedAt: now },
          ...{ source: OPERATOR_SOURCE, channel: 'operator', claims: [], facet: facetOf(cost), currency },
          properties: { kind, name, day, amount, author },
        };
      });
      if (events.length > 0) await intake.append(events, []);
      return { taken: events.length };
    },
  };
}

/** All that is told of a day goes to one partition, where what comes later is later. */
function facetOf({ kind, name, day }: Cost): string {
  return pseudoFacetOf({ orderKey: `${kind}\0${name}\0${day}`, source: OPERATOR_SOURCE, id: '' });
}
