import type { JsonObject } from '../../src/model/json.ts';
import type { Steering } from '../../src/serve/steering-service.ts';
import type { TargetReport } from '../../src/serve/target-service.ts';

/** Says what it was asked, and knows two targets. */
export function fakeSteering(): Steering & { readonly told: JsonObject[] } {
  const told: JsonObject[] = [];
  const bounds = { goal: 0.05, cases: 300, cases_min: 200 } as const;
  const latest: TargetReport = {
    from: 0,
    to: 1,
    targets: [
      {
        ...{ target: 'preference_conversion', wanted: 'at_least', ...bounds, value: 0.04 },
        ...{ standing: 'missed', since: 7 },
      },
      {
        ...{ target: 'campaign_return', wanted: 'at_least', ...bounds, value: null },
        ...{ standing: 'unknown', since: null },
      },
    ],
  };
  return {
    told,
    costs: {
      async put(costs, author) {
        told.push(...costs.map((cost) => ({ ...cost, author })));
        return { taken: costs.length };
      },
    },
    targets: { latest, report: async () => latest },
    expecting: {
      expect: async ({ store, days, limit, read }) => ({
        ...{ store, now: 1, freshness: { rows_waiting: days, seconds_waiting: limit } },
        expected: [
          {
            ...{ reason: 'cart', at: 1, profile_id: null, detail: { items: [] } },
            identifiers: { phone: [read.reveal ? '+8613900001111' : '139****1111'] },
          },
        ],
      }),
    },
  };
}
