import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import type { Webhooks } from './outgoing-service.ts';
import { integerParameter, readParameters, textParameter } from './parameters.ts';
import { bodyBytes } from './server.ts';

const FIRING = '5f1c0a9be7d24c3398a1b2c3d4e5f607';
const namePath = { name: { description: 'The name of the webhook.', example: 'crm' } };

const exampleWebhook: JsonObject = {
  name: 'crm',
  url: 'https://crm.example.com/hooks/tessera',
  decisions: ['fired', 'revoked'],
  secret: '***',
  version: '0b9d3f0e7a51c2d4',
  author: 'server',
  since: 1_795_255_200_123,
  state: 'closed',
  waiting: 0,
  delivered: 1_204,
  dead: 0,
  failures_in_a_row: 0,
  last_attempt: { at: 1_795_255_260_456, status: 204, failure: null },
};
const exampleDead: JsonObject = {
  id: FIRING,
  firing_id: FIRING,
  trigger: 'abandoned_cart',
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  decision: 'fired',
  reason: 'status',
  status: 500,
  attempts: 31,
  at: 1_795_341_600_123,
};

interface NamePath {
  readonly Params: { readonly name: string };
}

/** What becomes of the messages to webhooks; the webhooks themselves are definitions. */
export function registerWebhookRoutes(app: FastifyInstance, webhooks: Webhooks): void {
  registerReading(app, webhooks);
  registerDead(app, webhooks);
  registerReplays(app, webhooks);
}

function registerReading(app: FastifyInstance, webhooks: Webhooks): void {
  const config = { scope: 'define' } as const;
  const list = describeRoute({
    tag: 'Operate',
    summary: 'All webhooks, with how their endpoints take it',
    answers: { 200: { description: 'In order of their names.', example: { webhooks: [exampleWebhook] } } },
  });
  app.get('/v1/webhooks', { schema: list, config }, async (request) => {
    readParameters({}, request.query);
    return {
      webhooks: [...(await webhooks.list())].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)),
    };
  });
  const one = describeRoute({
    tag: 'Operate',
    summary: 'One webhook, with how its endpoint takes it',
    description:
      'The definition (changed at `/v1/definitions/webhooks/{name}`) and `state`: `closed`, all is well; `open`, it failed too ' +
      'often in a row and is left alone for a while; `half_open`, the next message tries; `gone`, it has answered 410 and is ' +
      'told nothing until its definition changes. `waiting` messages are to be brought, `dead` ones were given up.',
    path: namePath,
    answers: { 200: { description: 'The webhook.', example: exampleWebhook } },
  });
  app.get<NamePath>('/v1/webhooks/:name', { schema: one, config }, async (request) => {
    readParameters({}, request.query);
    return await webhooks.show(request.params.name);
  });
}

function registerDead(app: FastifyInstance, webhooks: Webhooks): void {
  const parameters = {
    limit: integerParameter({
      description: 'How many to answer at most.',
      minimum: 1,
      maximum: limits.pageMax,
      fallback: limits.pageDefault,
    }),
    after: textParameter({
      description: 'Where to go on: `next` of the page before.',
      charactersMax: 64,
      example: 'p0/12',
    }),
  };
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Messages to a webhook that nobody tries to bring any more',
    description:
      `After ${limits.deliveryAgeMs / 3_600_000} hours, because the endpoint has answered 410, or because the webhook was ` +
      `disabled or removed. At most ${limits.deadLettersMax} per partition are kept; the oldest go first.`,
    path: namePath,
    query: parameters,
    answers: { 200: { description: 'A page of them.', example: { dead: [exampleDead] } } },
  });
  app.get<NamePath>('/v1/webhooks/:name/dead', { schema, config: { scope: 'define' } }, async (request) => {
    const { limit, after = '' } = readParameters(parameters, request.query);
    return await webhooks.dead(request.params.name, { limit, after });
  });
}

function registerReplays(app: FastifyInstance, webhooks: Webhooks): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Have dead messages brought again',
    description:
      'All of them, or those with these `ids`; under the ids that they had. It is a record of the log with the name of the key as ' +
      'its author. `more`: so many were found that another request has to take the rest.',
    path: namePath,
    body: [{ type: 'application/json', example: { ids: [FIRING] } }],
    answers: { 200: { description: 'How many are on their way.', example: { replayed: 1, more: false } } },
  });
  app.post<NamePath>(
    '/v1/webhooks/:name/replays',
    { schema, config: { scope: 'admin' } },
    async (request) => {
      const bytes = bodyBytes(request);
      const body = bytes.length === 0 ? {} : readJsonObject(bytes);
      refuseUnknownFields(body, ['ids']);
      return await webhooks.replay(request.params.name, idsOf(body.ids), authorOf(request));
    },
  );
}

function idsOf(ids: JsonValue | undefined): readonly string[] | 'all' {
  if (ids === undefined) return 'all';
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > limits.pageMax)
    throw invalidField('ids', `must be a list of 1 to ${limits.pageMax} ids`);
  return ids.map((id: JsonValue, index) => {
    if (typeof id === 'string') return id;
    throw invalidField(`ids/${index}`, 'must be a text');
  });
}
