import type { FastifyInstance } from 'fastify';
import type { JsonValue } from '../model/json.ts';
import { authorOf } from './identity-routes.ts';
import { exampleJob } from './job-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import type { Retention } from './retention-service.ts';
import { bodyBytes } from './server.ts';

const exampleRun: JsonValue = {
  dry_run: false,
  at: 1795255200123,
  rows: [
    { rule: 'browsing', table: 'events', types: ['product_viewed'], before: 1760695200123, rows: 12043 },
  ],
  dormant: {
    rule: 'dormant',
    days: 1095,
    profiles: 2,
    staying: { points: 14, open_tickets: 1 },
    more: false,
    first: ['019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e', '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6f'],
  },
};

/** What is kept how long: the rules are definitions of the kind `retention`. */
export function registerRetentionRoutes(app: FastifyInstance, retention: Retention): void {
  registerView(app, retention);
  registerRun(app, retention);
}

function registerView(app: FastifyInstance, retention: Retention): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'The rules of retention in force, and what the last run has let go',
    description:
      'Rules are definitions of the kind `retention`. Where there are any, the node that keeps identity runs them once a ' +
      'day; it alone knows of its last run.',
    answers: {
      200: {
        description: 'The rules, and the result of the last run.',
        example: {
          rules: [{ name: 'browsing', purpose: 'personalization', days: 400, events: ['product_viewed'] }],
          last_run: exampleRun,
          last_run_at: 1795255200123,
        },
      },
    },
  });
  app.get('/v1/privacy/retention', { schema, config: { scope: 'privacy' } }, async (request) => {
    readParameters({}, request.query);
    return retention.view();
  });
}

function registerRun(app: FastifyInstance, retention: Retention): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'Let go what the rules of retention no longer keep',
    description:
      '`dry_run` must be given: true only says what would go. Answers a job; its result has, for each rule, the table of ' +
      'history, the moment before which everything goes, and how many `rows` that is, and under `dormant` who has neither ' +
      'bought nor done anything for so long: how many go, how many stay by why (`points`, `coupons`, `open_tickets`, ' +
      '`open_orders`, `restricted`, `segment`, `feature`), and the first ids. Where the rule says `erase`, what is held of ' +
      'them is written to one export (its id is in the result, see `GET /v1/privacy/exports/{id}`), then they are erased.',
    body: [{ type: 'application/json', example: { dry_run: true } }],
    answers: {
      202: {
        description: 'The job; a run under way is answered instead of a second one.',
        example: { job: exampleJob },
      },
    },
  });
  app.post('/v1/privacy/retention/runs', { schema, config: { scope: 'privacy' } }, async (request, reply) => {
    const body = readJsonObject(bodyBytes(request));
    refuseUnknownFields(body, ['dry_run']);
    const { dry_run: dry } = body;
    if (typeof dry !== 'boolean') throw invalidField('dry_run', 'must be true or false');
    const job = retention.run({ dry }, authorOf(request));
    reply.code(202).header('location', `/v1/jobs/${job.id}`);
    return { job };
  });
}
