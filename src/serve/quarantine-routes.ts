import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { readJsonObject } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { integerParameter, readParameters, textParameter } from './parameters.ts';
import { bodyBytes } from './server.ts';
import type { HistoryRows, QuarantineReplay, ReplayRequest } from './services.ts';

const quarantineParameters = {
  code: textParameter({
    description: 'Only events that were kept for this reason.',
    charactersMax: 64,
    pattern: /^[a-z][a-z0-9_]*$/,
    example: 'schema_violation',
  }),
  limit: integerParameter({
    description: 'How many to answer at most.',
    minimum: 1,
    maximum: limits.pageMax,
    fallback: limits.pageDefault,
  }),
  before: textParameter({
    description: '`next` of the previous page.',
    charactersMax: 128,
    pattern: /^\d+-\d+-\d+$/,
  }),
};

export function registerQuarantineRoutes(
  app: FastifyInstance,
  history: HistoryRows,
  quarantine: QuarantineReplay,
): void {
  registerReplays(app, quarantine);
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Events that were kept because they are not valid, newest first',
    description:
      'From history. The events themselves stay sealed: nobody knows yet which of their fields are personal.',
    query: quarantineParameters,
    answers: {
      200: {
        description: 'A page; `next` is absent on the last one.',
        example: {
          quarantined: [
            {
              id: 'q-7f3a',
              event_id: 'e-2',
              source: 'web',
              received_at: 1795255200123,
              code: 'invalid_amount',
              path: '/properties/price',
              message: 'An amount is not a decimal number in its currency.',
            },
          ],
        },
      },
    },
  });
  app.get('/v1/quarantine', { schema, config: { scope: 'read' } }, async (request) => {
    const { code, limit, before } = readParameters(quarantineParameters, request.query);
    const page = await history.quarantine(code, before === undefined ? { limit } : { limit, before });
    return page.next === undefined ? { quarantined: page.rows } : { quarantined: page.rows, next: page.next };
  });
}

function registerReplays(app: FastifyInstance, quarantine: QuarantineReplay): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Send kept events on their way again',
    description:
      'Once what stood against them has changed: by `ids`, or all that were kept for one `code`. An event keeps its ' +
      'id, so replaying twice counts once; one that fails again is kept anew.',
    body: [{ type: 'application/json', example: { code: 'schema_violation', limit: 100 } }],
    answers: {
      200: {
        description: 'What became of each, in the order of arrival.',
        example: { replayed: [{ quarantine_id: 'q-7f3a', status: 'accepted' }] },
      },
    },
  });
  app.post('/v1/quarantine/replays', { schema, config: { scope: 'admin' } }, async (request) => {
    return { replayed: await quarantine.replay(readReplay(readJsonObject(bodyBytes(request)))) };
  });
}

function readReplay({ ids, code, limit }: JsonObject): ReplayRequest {
  if (ids === undefined && code === undefined) throw invalid('ids', 'or code must say which events');
  if (code !== undefined && typeof code !== 'string') throw invalid('code', 'must be a text');
  const max = limit ?? limits.pageDefault;
  if (typeof max !== 'number' || !Number.isInteger(max) || max < 1 || max > limits.pageMax) {
    throw invalid('limit', `must be an integer from 1 to ${limits.pageMax}`);
  }
  if (ids === undefined) return { limit: max, ...(code === undefined ? {} : { code }) };
  const texts = Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
  if (
    !Array.isArray(ids) ||
    texts.length !== ids.length ||
    texts.length === 0 ||
    texts.length > limits.pageMax
  ) {
    throw invalid('ids', `must be a list of 1 to ${limits.pageMax} quarantine ids`);
  }
  return { ids: texts, limit: max, ...(code === undefined ? {} : { code }) };
}

function invalid(name: string, problem: string): TesseraError {
  return new TesseraError('invalid_parameter', `${name} ${problem}.`, { path: `/${name}` });
}
