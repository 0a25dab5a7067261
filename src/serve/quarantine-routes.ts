import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { revealTo } from './disclosure.ts';
import { authorOf } from './identity-routes.ts';
import { exampleJob } from './job-routes.ts';
import { readJsonObject } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { integerParameter, readParameters, textParameter } from './parameters.ts';
import { filterIn, filterParameters, readBreakdown, readReplay } from './quarantine-requests.ts';
import type { QuarantineReader, QuarantineReplay } from './quarantine-service.ts';
import { bodyBytes } from './server.ts';

const listParameters = {
  ...filterParameters,
  limit: integerParameter({
    description: 'How many to answer at most.',
    minimum: 1,
    maximum: limits.pageMax,
    fallback: limits.pageDefault,
  }),
  before: textParameter({
    description: '`next` of the previous page.',
    charactersMax: 128,
    pattern: /^\d+(-\d+){4}$/,
  }),
};

const countParameters = {
  ...filterParameters,
  by: textParameter({
    description:
      'What to count by, separated by commas: code, source, path (places in lists as `*`), type, channel, schema_version. ' +
      'Code, source and path unless told.',
    charactersMax: 64,
    example: 'code,source',
  }),
};

const exampleEvent: JsonObject = {
  id: 'q-7f3a',
  type: 'product_viewed',
  source: 'web',
  channel: 'web',
  received_at: 1_795_255_200_123,
  code: 'invalid_amount',
  path: '/properties/price',
  message: 'An amount is not a decimal number in its currency.',
  state: 'waiting',
  attempts: 1,
  last_attempt: { at: 1_795_258_800_123, author: 'ops', status: 'rejected', code: 'invalid_amount' },
};

const idPath = { id: { description: 'The id that an answer or the list named.', example: 'q-7f3a' } };

export function registerQuarantineRoutes(
  app: FastifyInstance,
  reader: QuarantineReader,
  replays: QuarantineReplay,
): void {
  registerList(app, reader);
  registerCounts(app, reader);
  registerShow(app, reader);
  registerReplays(app, replays);
}

function registerList(app: FastifyInstance, reader: QuarantineReader): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Events that were kept because they are not valid, newest first',
    description:
      'From history, each with what has become of it since. What an event says stays sealed here: see ' +
      '`GET /v1/quarantine/{id}`.',
    query: listParameters,
    answers: {
      200: {
        description: 'A page; `next` is absent on the last one.',
        example: { quarantined: [exampleEvent] },
      },
    },
  });
  app.get('/v1/quarantine', { schema, config: { scope: 'read' } }, async (request) => {
    const { limit, before, ...given } = readParameters(listParameters, request.query);
    const page = await reader.list(filterIn(given), before === undefined ? { limit } : { limit, before });
    return page.next === undefined ? { quarantined: page.rows } : { quarantined: page.rows, next: page.next };
  });
}

function registerCounts(app: FastifyInstance, reader: QuarantineReader): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'How many events are kept for what reason',
    description:
      'What is worth mending: the most frequent first, with how many wait, are in and were given up.',
    query: countParameters,
    answers: {
      200: {
        description: `The ${limits.quarantineGroupsMax} largest groups; \`more\` where there are others. \`example\` is the id of one.`,
        example: {
          events: 120,
          counts: [
            {
              code: 'schema_violation',
              source: 'web',
              path: '/properties/products/*/price',
              events: 120,
              waiting: 118,
              replayed: 2,
              given_up: 0,
              first_received_at: 1_795_255_200_123,
              last_received_at: 1_795_258_800_123,
              example: 'q-7f3a',
            },
          ],
        },
      },
    },
  });
  app.get('/v1/quarantine/counts', { schema, config: { scope: 'read' } }, async (request) => {
    const { by, ...given } = readParameters(countParameters, request.query);
    return await reader.counts(filterIn(given), readBreakdown(by));
  });
}

function registerShow(app: FastifyInstance, reader: QuarantineReader): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'One kept event: why, how it came, what it says, and every attempt so far',
    description:
      'Nobody knows which fields of an event are personal that was not understood, so `payload` is masked: values are shown where ' +
      'the name of the field and their form say that they are of the trade, and otherwise as their first character and their ' +
      'length. Keys with the scope `pii` see all of it, and the audit log has that.',
    path: idPath,
    answers: {
      200: {
        description: 'The event; `payload` is null where its key is gone.',
        example: {
          ...exampleEvent,
          tried: [{ at: 1_795_258_800_123, author: 'ops', status: 'rejected', code: 'invalid_amount' }],
          as: 'sent',
          dialect: 'tessera',
          route: '/v1/events',
          public_key: true,
          payload: {
            type: 'product_viewed',
            identifiers: { phone: '139****1111' },
            properties: { item_id: 'spu-1', price: 'cheap' },
          },
          masked: true,
        },
      },
      404: { description: '`not_found`: quarantine has no event of this id (any more).' },
    },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/quarantine/:id',
    { schema, config: { scope: 'read' } },
    async (request) => {
      readParameters({}, request.query);
      const { id } = request.params;
      const found = /^q-[\w-]{1,64}$/.test(id) ? await reader.show(id, revealTo(request)) : undefined;
      if (found === undefined)
        throw new TesseraError('not_found', 'Quarantine has no event of this id, or not yet.');
      return found;
    },
  );
}

function registerReplays(app: FastifyInstance, replays: QuarantineReplay): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Send kept events on their way again',
    description:
      'Once what stood against them has changed. By `ids`, or the oldest that wait with one `code` (with `limit`): answered with ' +
      'what became of each. By `filter` (the fields of the list: code, source, channel, type, path, schema_version, from, to, ' +
      'attempts), or `"all": true`: a job, which walks all that wait. An event keeps its id and the time at which it was first ' +
      `received, so that it counts in the same windows, and once. After ${limits.quarantineAttemptsMax} attempts it is given up, ` +
      'and replayed by its id alone. `"dry_run": true` says what would be taken now, and stores nothing.',
    body: [
      {
        type: 'application/json',
        example: { filter: { code: 'schema_violation', source: 'web' }, dry_run: true },
      },
    ],
    answers: {
      200: {
        description: 'By ids or code: what became of each, in the order of arrival.',
        example: { replayed: [{ quarantine_id: 'q-7f3a', status: 'accepted', outcome: 'applied' }] },
      },
      202: {
        description: 'By filter, or all: the job; the same one where it is at work already.',
        example: { job: { ...(exampleJob as JsonObject), kind: 'quarantine_replay' } },
      },
    },
  });
  app.post('/v1/quarantine/replays', { schema, config: { scope: 'admin' } }, async (request, reply) => {
    const { dryRun, ...asked } = readReplay(readJsonObject(bodyBytes(request)));
    const order = { author: authorOf(request), dryRun };
    if ('request' in asked) return { replayed: await replays.replay(asked.request, order) };
    const job = replays.start(asked.filter, order);
    reply.code(202).header('location', `/v1/jobs/${job.id}`);
    return { job };
  });
}
