import { limits } from "../limits.js";
import { readJsonObject } from "./json-body.js";
import { describeRoute } from "./openapi.js";
import { invalidParameter, readParameters, textParameter } from "./parameters.js";
import { bodyBytes } from "./server.js";
const DEFAULT_FORMAT = 'JSON';
/** Formats of ClickHouse that are text, with their media types. */
const formats = new Map([
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
export function registerSqlRoutes(app, history) {
    const description = `Reads history only; bounded to ${limits.sqlSecondsMax} s, ${limits.sqlRowsMax} rows and ` +
        `${limits.sqlBytesMax} bytes. Tables and columns: deploy/clickhouse/README.md.`;
    app.get('/v1/sql', {
        schema: describeRoute({
            tag: 'History',
            summary: 'Query history',
            description,
            query: sqlParameters,
            answers,
        }),
        config: { scope: 'admin' },
    }, async (request, reply) => {
        const { query, format } = readParameters(sqlParameters, request.query);
        return answerQuery(reply, history, { query, format });
    });
    app.post('/v1/sql', {
        schema: describeRoute({
            tag: 'History',
            summary: 'Query history, with the query in the body',
            description,
            body: [{ type: 'application/json', schema: bodySchema, example: exampleBody }],
            answers,
        }),
        config: { scope: 'admin' },
    }, async (request, reply) => {
        const body = readJsonObject(bodyBytes(request));
        const query = sqlParameters.query.read(textOf(body, 'query'), 'query');
        const format = sqlParameters.format.read(textOf(body, 'format'), 'format');
        return answerQuery(reply, history, { query, format });
    });
}
const exampleBody = { query: 'SELECT type, count() FROM events GROUP BY type', format: 'JSONEachRow' };
const bodySchema = {
    type: 'object',
    required: ['query'],
    properties: { query: sqlParameters.query.schema, format: sqlParameters.format.schema },
};
function textOf(body, name) {
    const value = body[name];
    if (value === undefined || typeof value === 'string')
        return value;
    throw invalidParameter(name, 'must be a string');
}
async function answerQuery(reply, history, { query, format }) {
    if (query === undefined || query.trim() === '')
        throw invalidParameter('query', 'is missing');
    const name = format ?? DEFAULT_FORMAT;
    const contentType = formats.get(name);
    if (contentType === undefined)
        throw invalidParameter('format', `must be one of ${[...formats.keys()].join(', ')}`);
    const result = await history.query(query, name);
    reply.header('content-type', contentType).serializer((text) => String(text));
    return result;
}
//# sourceMappingURL=sql-routes.js.map