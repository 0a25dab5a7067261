import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import type { TargetStanding, Targets } from './target-service.ts';

/** What the figures of the business are to reach, and where they stand. */
export function registerTargetRoutes(app: FastifyInstance, targets: Targets, metrics: Metrics): void {
  const schema = describeRoute({
    tag: 'Analytics',
    summary: 'Targets: each with its value, met or missed, and since when',
    description:
      'The goals are those of the definition of quality (`figures`, and `targets.completeness`). One node looks every hour and notes when a ' +
      'standing changes; an answer is at most ten minutes older than history. Of fewer than `cases_min` nothing is judged, and what cannot ' +
      'be known, such as the return of campaigns without costs, is `unknown`.',
    answers: {
      200: {
        description: 'All targets.',
        example: {
          ...{ from: 1_785_715_200_000, to: 1_793_491_200_000 },
          targets: [
            {
              ...{
                target: 'preference_conversion',
                wanted: 'at_least',
                goal: 0.05,
                value: 0.080165,
                cases: 1_210,
              },
              ...{ cases_min: 200, standing: 'met', since: 1_790_100_000_000 },
            },
          ],
        },
      },
    },
  });
  app.get('/v1/analytics/targets', { schema, config: { scope: 'read' } }, async (request) => {
    readParameters({}, request.query);
    return await targets.report();
  });
  registerGauges(targets, metrics);
}

/** Out of the latest look: a scrape asks history nothing. */
function registerGauges(targets: Targets, metrics: Metrics): void {
  const gauges = (name: string, help: string, read: (each: TargetStanding) => number | undefined): void =>
    metrics.gauges(name, help, {
      label: 'target',
      read: () =>
        Object.fromEntries(
          (targets.latest?.targets ?? []).flatMap((each) => {
            const value = read(each);
            return value === undefined ? [] : [[each.target, value]];
          }),
        ),
    });
  gauges('tessera_target_value', 'The figure that a target is set for.', ({ value }) => value ?? undefined);
  gauges('tessera_target_goal', 'What it is to reach, or not to go beyond.', ({ goal }) => goal);
  gauges('tessera_target_met', '1 where the target is met, 0 where it is missed.', ({ standing }) =>
    standing === 'unknown' ? undefined : Number(standing === 'met'),
  );
}
