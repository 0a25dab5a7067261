import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import type { EpochMs } from '../model/time.ts';
import { describeRoute } from './openapi.ts';
import {
  integerParameter,
  invalidParameter,
  type ParameterValues,
  readParameters,
  timeParameter,
} from './parameters.ts';
import type { TriggerResults } from './trigger-results-service.ts';

const parameters = {
  from: timeParameter({ description: 'Decisions from here on.', example: '2026-11-01' }),
  to: timeParameter({ description: 'And before this.', example: '2026-11-15' }),
  days: integerParameter({
    description: 'How many days after a firing an order counts.',
    minimum: 1,
    maximum: limits.backtestFollowDaysMax,
    fallback: limits.backtestFollowDays,
  }),
};

const exampleReport = {
  trigger: 'plus_size_hesitation',
  from: 1_793_491_200_000,
  to: 1_794_700_800_000,
  days: 7,
  complete: true,
  messages: {
    fired: 812,
    suppressed: 214,
    revoked: 0,
    held_out: 92,
    sent: 810,
    delivered: 801,
    failed: 9,
    opened: 402,
    clicked: 77,
  },
  exposed: { people: 640, ordered: 96, order_rate: 0.15, interval: { low: 0.1244, high: 0.1798 } },
  held_out: { people: 71, ordered: 6, order_rate: 0.084507, interval: { low: 0.0393, high: 0.1724 } },
  mixed: 0,
  lift: { difference: 0.065493, interval: { low: -0.0261, high: 0.1196 }, confidence: 0.95 },
};

/** How a trigger does: what became of its messages, and who ordered with them and without. */
export function registerTriggerResultsRoutes(app: FastifyInstance, results: TriggerResults): void {
  const schema = describeRoute({
    tag: 'History',
    summary: 'What a trigger’s messages have brought',
    description:
      'Firings of [`from`, `to`) with the receipts that name them in `properties.firing_id`, and the people who ordered within ' +
      '`days` days of their first one, beside those of the holdout. Intervals are of 95 %: Wilson for a rate, Newcombe for the ' +
      'difference. `complete` says whether everybody has had all of their days. Out of history, which trails by about a second.',
    path: { name: { description: 'The name of the trigger.', example: 'plus_size_hesitation' } },
    query: parameters,
    answers: { 200: { description: 'The report.', example: exampleReport } },
  });
  app.get<{ Params: { name: string } }>(
    '/v1/triggers/:name/report',
    { schema, config: { scope: 'read' } },
    async (request) => {
      const { from, to, days } = checked(readParameters(parameters, request.query));
      return await results.report({ trigger: request.params.name, from, to, days });
    },
  );
}

function checked({ from, to, days }: ParameterValues<typeof parameters>): {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly days: number;
} {
  if (from === undefined) throw invalidParameter('from', 'is missing');
  if (to === undefined) throw invalidParameter('to', 'is missing');
  if (from >= to) throw invalidParameter('to', 'must be after from');
  return { from, to, days };
}
