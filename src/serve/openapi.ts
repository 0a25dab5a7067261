import fastifySwagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { type Parameters, parametersSchema } from './parameters.ts';

export type RouteTag =
  | 'Ingest'
  | 'Profiles'
  | 'Streams'
  | 'History'
  | 'Definitions'
  | 'Segments'
  | 'Catalog'
  | 'Recommendations'
  | 'Analytics'
  | 'Privacy'
  | 'Operate';

/** How a route presents itself in `/openapi.json`. Documentation only: handlers do their own checking. */
export interface RouteDescription {
  readonly tag: RouteTag;
  readonly summary: string;
  readonly description?: string;
  readonly query?: Parameters;
  /** By name of the path parameter. */
  readonly path?: Readonly<Record<string, { readonly description: string; readonly example: string }>>;
  readonly body?: readonly Content[];
  readonly answers: Readonly<Record<number, Answer>>;
}

export interface Content {
  readonly type: string;
  readonly schema?: JsonObject;
  readonly example?: JsonValue;
}

export interface Answer {
  readonly description: string;
  readonly type?: string;
  readonly example?: JsonValue;
}

export function describeRoute(route: RouteDescription): FastifySchema {
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

function pathSchema(path: NonNullable<RouteDescription['path']>): JsonObject {
  const properties: Record<string, JsonObject> = {};
  for (const [name, { description, example }] of Object.entries(path)) {
    properties[name] = { type: 'string', description, examples: [example] };
  }
  return { type: 'object', properties, required: Object.keys(path) };
}

function contentOf(contents: readonly Content[]): Record<string, { schema: JsonObject }> {
  const result: Record<string, { schema: JsonObject }> = {};
  for (const { type, schema, example } of contents) {
    result[type] = {
      schema: { ...(schema ?? {}), ...(example === undefined ? {} : { examples: [example] }) },
    };
  }
  return result;
}

function answersOf(answers: RouteDescription['answers']): Record<string, JsonObject> {
  const result: Record<string, JsonObject> = {};
  for (const [status, { description, type, example }] of Object.entries(answers)) {
    const schema = example === undefined ? {} : { examples: [example] };
    result[status] = { description, content: { [type ?? 'application/json']: { schema } } };
  }
  return result;
}

const problemSchema: JsonObject = {
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
export async function collectOpenApi(app: FastifyInstance, version: string): Promise<void> {
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
function withAccess(
  schema: FastifySchema | undefined,
  scope: string | readonly string[] | undefined,
): FastifySchema {
  const base = schema ?? {};
  if (base.hide === true || scope === undefined) return { ...base, hide: true };
  if (scope === 'public') return { ...base, security: [] };
  const scopes = typeof scope === 'string' ? [scope] : scope;
  const needs = `Needs a key with the scope ${scopes.map((name) => `\`${name}\``).join(' or ')}.`;
  const answers: Record<string, unknown> = typeof base.response === 'object' ? { ...base.response } : {};
  answers[401] ??= problemAnswer('The key is missing or unknown.');
  answers[403] ??= problemAnswer('The key lacks the scope.');
  return {
    ...base,
    description: base.description === undefined ? needs : `${base.description}\n\n${needs}`,
    security: [{ bearer: [] }, { basic: [] }, { header: [] }, { query: [] }],
    // For programs; people read the description.
    ...{ 'x-scopes': scopes },
    response: answers,
  };
}

function problemAnswer(description: string): JsonObject {
  return { description, content: { 'application/problem+json': { schema: problemSchema } } };
}
