import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { BacktestQuestion, Backtests } from './backtest-service.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { parseTime, readParameters, TIME_FORMS } from './parameters.ts';
import { bodyBytes } from './server.ts';

const exampleBacktest: JsonObject = {
  id: 'j-mi8x3k2q-5',
  kind: 'trigger_backtest',
  author: 'server',
  status: 'running',
  progress: { done: 12_000, total: 48_000, note: 'plus_size_hesitation: 310 firings' },
  created_at: 1_795_255_200_123,
  started_at: 1_795_255_200_124,
  finished_at: null,
};

/** What a trigger would have done, as a job: it reads history, sends nothing and touches nothing. */
export function registerBacktestRoutes(app: FastifyInstance, backtests: Backtests): void {
  const schema = describeRoute({
    tag: 'Definitions',
    summary: 'Run a trigger over history',
    description:
      'Replays everybody’s events through the trigger, the one in force or the draft in `definition` (an object, or its YAML ' +
      'as a text), with its timers, limits and consents, people being who they were; what other triggers had sent counts. ' +
      'Nothing is sent. Decisions of [`from`, `to`) are reported: per day, by decision and reason, people, twenty examples with ' +
      'their traces, and orders within `days` days of a firing beside those of comparable people of the same days. With ' +
      '`"clock": "event"` everything comes when it happened, to whoever it belongs to today: for a past that was imported. `from` and ' +
      `\`to\` are ${TIME_FORMS} or epoch milliseconds, at most ${limits.backtestDaysMax} days apart. Answers a job: see ` +
      '`GET /v1/jobs/{id}`.',
    path: { name: { description: 'The name of the trigger.', example: 'plus_size_hesitation' } },
    body: [
      {
        type: 'application/json',
        example: { from: '2026-11-01T00:00:00Z', to: '2026-11-15T00:00:00Z', days: 7 },
      },
    ],
    answers: {
      202: { description: 'The job has been created.', example: { job: exampleBacktest } },
      404: { description: '`not_found`: there is no trigger of this name, and no definition was given.' },
    },
  });
  app.post<{ Params: { name: string } }>(
    '/v1/triggers/:name/backtests',
    { schema, config: { scope: 'define' } },
    async (request, reply) => {
      readParameters({}, request.query);
      const body = readJsonObject(bodyBytes(request));
      const question = readQuestion(body);
      const job = backtests.start({ ...question, name: request.params.name, author: authorOf(request) });
      reply.code(202).header('location', `/v1/jobs/${job.id}`);
      return { job };
    },
  );
}

function readQuestion(body: JsonObject): Omit<BacktestQuestion, 'name' | 'author'> {
  refuseUnknownFields(body, ['from', 'to', 'days', 'clock', 'definition']);
  const { definition, days } = body;
  const clock = readClock(body.clock);
  const from = readTime(body.from, 'from');
  const to = readTime(body.to, 'to');
  if (from >= to) throw invalidField('to', 'must be after from');
  if (definition !== undefined && !isJsonObject(definition) && typeof definition !== 'string')
    throw invalidField('definition', 'must be a definition of a trigger: an object, or YAML as a text');
  const range = {
    ...{ from, to },
    ...(definition === undefined ? {} : { definition }),
    ...(clock === undefined ? {} : { clock }),
  };
  if (days === undefined) return range;
  const whole = typeof days === 'number' && Number.isInteger(days) && days >= 1;
  if (whole && days <= limits.backtestFollowDaysMax) return { ...range, followDays: days };
  throw invalidField('days', `must be a whole number from 1 to ${limits.backtestFollowDaysMax}`);
}

function readClock(value: JsonValue | undefined): BacktestQuestion['clock'] {
  if (value === undefined || value === 'applied' || value === 'event') return value;
  throw invalidField('clock', 'must be applied or event');
}

function readTime(value: JsonValue | undefined, name: string): EpochMs {
  const at = typeof value === 'string' ? parseTime(value) : value;
  if (typeof at === 'number' && Number.isSafeInteger(at) && at >= limits.earliestTimeMs) return at;
  throw invalidField(name, `must be ${TIME_FORMS} or epoch milliseconds`);
}
