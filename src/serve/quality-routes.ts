import type { FastifyInstance } from 'fastify';
import type { Stretch } from '../analytics/analysis.ts';
import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';
import { FLAG_ID, type FlagDecision, flagDecisions } from '../model/quality.ts';
import { DAY_MS, type EpochMs } from '../model/time.ts';
import { formatParameter } from './analytics-questions.ts';
import { answerCommand } from './command-answer.ts';
import { csvOf } from './csv.ts';
import type { DataQuality } from './data-quality-service.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import type { Metrics } from './metrics.ts';
import { describeRoute } from './openapi.ts';
import {
  choiceParameter,
  invalidParameter,
  readParameters,
  textParameter,
  timeParameter,
} from './parameters.ts';
import { exampleFlag, exampleQuality } from './quality-examples.ts';
import { registerQualityMetrics } from './quality-metrics.ts';
import type { Quality } from './quality-service.ts';
import { bodyBytes } from './server.ts';
import type { IdentityCommands } from './services.ts';

export interface QualityRouteServices {
  readonly quality: Quality;
  readonly dataQuality: DataQuality;
  readonly commands: IdentityCommands;
}

const stretchParameters = {
  day: textParameter({
    description: 'A day by the clock of the zone of the messaging definition, or yesterday.',
    charactersMax: 10,
    pattern: /^(\d{4}-\d{2}-\d{2}|yesterday)$/,
    example: '2026-11-21',
  }),
  from: timeParameter({
    description: 'Instead of a day: what was received from when on; a day before the end where absent.',
    example: '2026-11-21T00:00:00Z',
  }),
  to: timeParameter({
    description: `Until just before when; a day after the beginning where absent. At most ${limits.qualityDaysMax} days.`,
    example: '2026-11-22T00:00:00Z',
  }),
};

/** What the data is worth: what is in it, and whether what identifies people does so. */
export function registerQualityRoutes(
  app: FastifyInstance,
  services: QualityRouteServices,
  metrics: Metrics,
): void {
  registerReport(app, services);
  registerFlags(app, services);
  registerDecisions(app, services);
  registerQualityMetrics(services.quality, services.dataQuality, metrics);
}

function registerReport(app: FastifyInstance, { quality, dataQuality }: QualityRouteServices): void {
  const query = {
    ...stretchParameters,
    fresh: choiceParameter({
      description: 'With 1 the identifiers are looked over now, unless that is under way already.',
      choices: ['1'],
    }),
    format: formatParameter,
  };
  const schema = describeRoute({
    tag: 'Operate',
    summary:
      'What the data is worth: completeness, lateness, anomalies, and how well identifiers tell people apart',
    description:
      '`report` is of the stretch that is asked for, by when events were received: completeness by field, source and channel, ' +
      'unknown types and properties, duplicates, lateness, clocks that are off, conflicts of identity, unusual hours, flags, and ' +
      '`alerts`, where a target of the quality definition is missed. Without a stretch it is what was found last in the ' +
      'background, of the last 24 whole hours, and null before that. `identifiers`, by type: values that one profile holds, and ' +
      'people that one value was seen with (median, 99th percentile, largest). About one person per value is `ideal`, 2 to 5 are ' +
      '`fine`, up to 9 are worth a `watch`, and with tens the type is to `reject`; the 99th percentile decides. All identifiers ' +
      'are looked over in the background every ten minutes, less often where that takes long; `as_of` says when, and is null ' +
      'while the first time is still under way. `format=csv` and `table` are of the report.',
    query,
    answers: { 200: { description: 'What was found.', example: exampleQuality } },
  });
  app.get('/v1/analytics/quality', { schema, config: { scope: 'read' } }, async (request, reply) => {
    const { fresh, format, ...asked } = readParameters(query, request.query);
    const stretch = stretchOf(asked, dataQuality);
    if (format === 'csv' || format === 'table') {
      const { table } = await dataQuality.report(stretch ?? dataQuality.lately());
      if (format === 'table') return { columns: table.columns, rows: table.rows } satisfies JsonValue;
      await reply.type('text/csv; charset=utf-8').send(csvOf(table));
      return reply;
    }
    const report = stretch === undefined ? dataQuality.latest : (await dataQuality.report(stretch)).answer;
    return { ...(await quality.report(fresh === '1')), report };
  });
}

function registerFlags(app: FastifyInstance, { dataQuality }: QualityRouteServices): void {
  const query = {
    ...stretchParameters,
    status: choiceParameter({ description: 'Only these.', choices: ['open', ...flagDecisions] }),
    check: choiceParameter({ description: 'Only of this check.', choices: ['price', 'quantity', 'people'] }),
  };
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'What is possible and hard to believe',
    description:
      'Flags of what was received in the stretch, or in the last 24 whole hours: prices far from the item’s own median, impossible ' +
      'quantities, and buyers whom a rule of the quality definition finds unlikely. Nothing was refused because of them. They are ' +
      `found among the events anew each time, ${limits.qualityFlagsMax} at most (\`more\` says that there are others), under ids that stay.`,
    query,
    answers: { 200: { description: 'The flags.', example: { flags: [exampleFlag], more: false } } },
  });
  app.get('/v1/analytics/quality/flags', { schema, config: { scope: 'read' } }, async (request) => {
    const { status, check, ...asked } = readParameters(query, request.query);
    const found = await dataQuality.flags(stretchOf(asked, dataQuality) ?? dataQuality.lately());
    const flags = found.flags.filter(
      (flag) =>
        (status === undefined || flag.status === status) && (check === undefined || flag.check === check),
    );
    return { flags, more: found.more };
  });
}

function registerDecisions(app: FastifyInstance, { commands }: QualityRouteServices): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Settle a flag',
    description:
      '`confirmed`: the data is wrong, and somebody sees to it where it comes from. `dismissed`: it is right all the same. The event ' +
      'stays as it is. The newest decision counts; it is in the list once history has it.',
    path: { id: { description: 'The id of the flag.', example: exampleFlag.id } },
    body: [{ type: 'application/json', example: { decision: 'dismissed' } }],
    answers: {
      200: { description: 'It is settled.', example: { id: exampleFlag.id, status: 'dismissed' } },
    },
  });
  app.post<{ Params: { id: string } }>(
    '/v1/analytics/quality/flags/:id/decisions',
    { schema, config: { scope: 'admin' } },
    async (request) => {
      readParameters({}, request.query);
      const { id } = request.params;
      if (!FLAG_ID.test(id)) throw invalidParameter('id', 'must be the id of a flag');
      const body = readJsonObject(bodyBytes(request));
      refuseUnknownFields(body, ['decision']);
      const decision = flagDecisions.find((each) => each === body.decision);
      if (decision === undefined) throw invalidField('decision', `must be ${flagDecisions.join(' or ')}`);
      return await answerCommand(commands, authorOf(request), settled(id, decision));
    },
  );
}

function settled(flag: string, decision: FlagDecision) {
  return { type: 'settle_flag', flag, decision } as const;
}

interface AskedStretch {
  readonly day: string | undefined;
  readonly from: EpochMs | undefined;
  readonly to: EpochMs | undefined;
}

/** Undefined where none is asked for. */
function stretchOf({ day, from, to }: AskedStretch, quality: DataQuality): Stretch | undefined {
  if (day !== undefined) {
    if (from !== undefined || to !== undefined) throw invalidParameter('day', 'goes without from and to');
    const stretch = quality.dayAt(day);
    if (stretch === undefined) throw invalidParameter('day', 'must be a day such as 2026-11-21');
    return stretch;
  }
  if (from === undefined && to === undefined) return undefined;
  const until = to ?? (from === undefined ? 0 : Math.min(from + DAY_MS, quality.now()));
  const since = from ?? until - DAY_MS;
  if (since >= until) throw invalidParameter('to', 'must be after from');
  if (until - since > limits.qualityDaysMax * DAY_MS)
    throw invalidParameter('from', `must be at most ${limits.qualityDaysMax} days before to`);
  return { from: since, to: until };
}
