import fastifySwagger from '@fastify/swagger';
import { parametersSchema } from "./parameters.js";
export function describeRoute(route) {
    return {
        tags: [route.tag],
        summary: route.summary,
        ...(route.description === undefined ? {} : { description: route.description }),
        ...(route.query === undefined ? {} : { querystring: parametersSchema(route.query) }),
        ...(route.path === undefined ? {} : { params: pathSchema(route.path) }),
        ...(route.body === undefined ? {} : { body: { content: contentOf(route.body) } }),
        response: answersOf(route.answers),
    };
}
function pathSchema(path) {
    const properties = {};
    for (const [name, { description, example }] of Object.entries(path)) {
        properties[name] = { type: 'string', description, examples: [example] };
    }
    return { type: 'object', properties, required: Object.keys(path) };
}
function contentOf(contents) {
    const result = {};
    for (const { type, schema, example } of contents) {
        result[type] = {
            schema: { ...(schema ?? {}), ...(example === undefined ? {} : { examples: [example] }) },
        };
    }
    return result;
}
function answersOf(answers) {
    const result = {};
    for (const [status, { description, type, example }] of Object.entries(answers)) {
        const schema = example === undefined ? {} : { examples: [example] };
        result[status] = { description, content: { [type ?? 'application/json']: { schema } } };
    }
    return result;
}
const problemSchema = {
    type: 'object',
    description: 'A problem as in RFC 9457; `code` is stable.',
    required: ['type', 'title', 'status', 'code', 'detail'],
    properties: {
        type: { type: 'string' },
        title: { type: 'string' },
        status: { type: 'integer' },
        code: { type: 'string' },
        detail: { type: 'string' },
        errors: {
            type: 'array',
            items: {
                type: 'object',
                properties: { path: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
            },
        },
    },
};
/** Collects every route that is registered afterwards. Must be awaited before the first route. */
export async function collectOpenApi(app, version) {
    await app.register(fastifySwagger, {
        openapi: {
            openapi: '3.1.0',
            info: {
                title: 'Tessera',
                version,
                description: 'Real-time streaming profiles for retail: events in, live profiles and history out.',
            },
            components: {
                securitySchemes: {
                    bearer: {
                        type: 'http',
                        scheme: 'bearer',
                        description: 'A write key (wk_…) or a secret key (sk_…).',
                    },
                    basic: { type: 'http', scheme: 'basic', description: 'The key as the user; no password.' },
                    header: { type: 'apiKey', in: 'header', name: 'X-Write-Key' },
                    query: { type: 'apiKey', in: 'query', name: 'writeKey' },
                },
            },
        },
        transform: ({ schema, url, route }) => ({ schema: withAccess(schema, route.config?.scope), url }),
    });
}
/** Adds what follows from the scope of a route: how to sign in, and how it answers when that fails. */
function withAccess(schema, scope) {
    const base = schema ?? {};
    if (base.hide === true || scope === undefined)
        return { ...base, hide: true };
    if (scope === 'public')
        return { ...base, security: [] };
    const scopes = typeof scope === 'string' ? [scope] : scope;
    const needs = `Needs a key with the scope ${scopes.map((name) => `\`${name}\``).join(' or ')}.`;
    const answers = typeof base.response === 'object' ? { ...base.response } : {};
    answers[401] ??= problemAnswer('The key is missing or unknown.');
    answers[403] ??= problemAnswer('The key lacks the scope.');
    return {
        ...base,
        description: base.description === undefined ? needs : `${base.description}\n\n${needs}`,
        security: [{ bearer: [] }, { basic: [] }, { header: [] }, { query: [] }],
        response: answers,
    };
}
function problemAnswer(description) {
    return { description, content: { 'application/problem+json': { schema: problemSchema } } };
}
//# sourceMappingURL=openapi.js.map