import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { inBody, readJsonObject } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { invalidParameter, readParameters, textParameter } from './parameters.ts';
import { bodyBytes } from './server.ts';
import type { HistoryQuery } from './services.ts';

const DEFAULT_FORMAT = 'JSON';

/** Formats of ClickHouse that are text, with their media types. */
const formats: ReadonlyMap<string, string> = new Map([
  ['JSON', 'application/json; charset=utf-8'],
  ['JSONCompact', 'application/json; charset=utf-8'],
  ['JSONEachRow', 'application/x-ndjson; charset=utf-8'],
  ['JSONCompactEachRow', 'application/x-ndjson; charset=utf-8'],
  ['CSV', 'text/csv; charset=utf-8'],
  ['CSVWithNames', 'text/csv; charset=utf-8'],
  ['TabSeparated', 'text/tab-separated-values; charset=utf-8'],
  ['TabSeparatedWithNames', 'text/tab-separated-values; charset=utf-8'],
  ['PrettyCompact', 'text/plain; charset=utf-8'],
  ['Vertical', 'text/plain; charset=utf-8'],
]);

const sqlParameters = {
  query: textParameter({
    description: 'One read-only query in the SQL of ClickHouse, without FORMAT.',
    charactersMax: limits.sqlCharactersMax,
    example: 'SELECT type, count() FROM events GROUP BY type',
  }),
  format: textParameter({
    description: `How the answer is written: ${[...formats.keys()].join(', ')}. Default ${DEFAULT_FORMAT}.`,
    charactersMax: 40,
  }),
};

const answers = {
  200: {
    description: `The result in the format asked for, at most ${limits.sqlRowsMax} rows.`,
    example: { data: [{ type: 'product_viewed', 'count()': 3 }], rows: 1 },
  },
};

export function registerSqlRoutes(app: FastifyInstance, history: HistoryQuery): void {
  const description =
    `Reads history only; bounded to ${limits.sqlSecondsMax} s, ${limits.sqlRowsMax} rows and ` +
    `${limits.sqlBytesMax} bytes. Tables and columns: deploy/clickhouse/README.md.`;
  app.get(
    '/v1/sql',
    {
      schema: describeRoute({
        tag: 'History',
        summary: 'Query history',
        description,
        query: sqlParameters,
        answers,
      }),
      config: { scope: 'admin' },
    },
    async (request, reply) => {
      const { query, format } = readParameters(sqlParameters, request.query);
      request.auditDetail = digestOf(query);
      return answerQuery(reply, history, checkQuery({ query, format }));
    },
  );
  app.post(
    '/v1/sql',
    {
      schema: describeRoute({
        tag: 'History',
        summary: 'Query history, with the query in the body',
        description,
        body: [{ type: 'application/json', schema: bodySchema, example: exampleBody }],
        answers,
      }),
      config: { scope: 'admin' },
    },
    async (request, reply) => {
      const body = readJsonObject(bodyBytes(request));
      const asked = inBody(() => {
        const query = sqlParameters.query.read(textOf(body, 'query'), 'query');
        const format = sqlParameters.format.read(textOf(body, 'format'), 'format');
        request.auditDetail = digestOf(query);
        return checkQuery({ query, format });
      });
      return answerQuery(reply, history, asked);
    },
  );
}

const exampleBody = { query: 'SELECT type, count() FROM events GROUP BY type', format: 'JSONEachRow' };

const bodySchema: JsonObject = {
  type: 'object',
  required: ['query'],
  properties: { query: sqlParameters.query.schema, format: sqlParameters.format.schema },
};

function textOf(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || typeof value === 'string') return value;
  throw invalidParameter(name, 'must be a string');
}

/** Tells queries apart in the audit log; the text itself may name somebody. */
function digestOf(query: string | undefined): string {
  return `sha256:${hash('sha256', query ?? '', 'base64url')}`;
}

interface AskedQuery {
  readonly query: string | undefined;
  readonly format: string | undefined;
}

interface Query {
  readonly query: string;
  readonly format: string;
  readonly contentType: string;
}

function checkQuery({ query, format = DEFAULT_FORMAT }: AskedQuery): Query {
  if (query === undefined || query.trim() === '') throw invalidParameter('query', 'is missing');
  const contentType = formats.get(format);
  if (contentType === undefined)
    throw invalidParameter('format', `must be one of ${[...formats.keys()].join(', ')}`);
  return { query, format, contentType };
}

async function answerQuery(
  reply: FastifyReply,
  history: HistoryQuery,
  { query, format, contentType }: Query,
): Promise<string> {
  const result = await history.query(query, format);
  reply.header('content-type', contentType).serializer((text: unknown) => String(text));
  return result;
}
