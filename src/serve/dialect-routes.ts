import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import { TesseraError } from '../errors.ts';
import type { BootstrapRoute, Dialect, DialectMethod, DialectRoute } from '../ingest/dialects/dialect.ts';
import { limits } from '../limits.ts';
import { describeRoute } from './openapi.ts';
import { sendAnswer } from './server.ts';
import { type DialectServices, takeEvents, type Way, wireRequest } from './take-events.ts';

/** The routes of another protocol: those that take events, and those that its libraries ask before they send any. */
export function registerDialect(app: FastifyInstance, services: DialectServices, dialect: Dialect): void {
  const preflights = new Set<string>();
  for (const route of [...dialect.routes, ...(dialect.bootstrap ?? [])]) {
    if (route.credentials === true) preflights.add(route.path);
  }
  for (const path of preflights) registerPreflight(app, path);
  for (const route of dialect.routes) {
    for (const method of route.methods ?? POST) registerEvents(app, services, { dialect, route, method });
  }
  for (const route of dialect.bootstrap ?? []) {
    for (const method of route.methods ?? GET) {
      registerBootstrap(app, services, { name: dialect.name, route, method });
    }
  }
}

const POST: readonly DialectMethod[] = ['POST'];
const GET: readonly DialectMethod[] = ['GET'];

/**
 * Libraries that send with credentials need CORS to allow it by name. Nothing here goes by cookies, so it gives nobody
 * more than the key does; reading routes keep the stricter rule.
 */
const CREDENTIALS = { credentials: true } as const;

function registerPreflight(app: FastifyInstance, path: string): void {
  const config: FastifyContextConfig = { scope: 'public', cors: CREDENTIALS };
  app.options(path, { schema: { hide: true }, config }, async (_request, reply) => reply.code(204).send());
}

function registerEvents(
  app: FastifyInstance,
  services: DialectServices,
  way: Way & { readonly method: DialectMethod },
): void {
  const { dialect, route, method } = way;
  const { accepted } = route;
  if (accepted === undefined)
    throw new TesseraError('internal', `${route.path} does not say what it answers`);
  const schema = describeRoute({
    tag: 'Ingest',
    summary: `Send events as ${dialect.name} libraries do`,
    description:
      `Single bad events are quarantined; the answer stays ${accepted.status}, because libraries resend or crash on 4xx.` +
      (route.signed === undefined ? '' : ' The request is signed instead of carrying a key.'),
    ...(method === 'GET'
      ? {}
      : { body: [{ type: route.unwrap === undefined ? 'application/json' : '*/*' }] }),
    answers: {
      [accepted.status]: {
        description: 'Durable.',
        ...(accepted.type === undefined ? {} : { type: accepted.type }),
      },
    },
    ...pathOf(route.path),
  });
  const config: FastifyContextConfig = { scope: 'ingest', ...accessOf(route), failed: route.failed };
  app.route({
    method,
    url: route.path,
    // Whoever only asks whether an address is there, such as a mail scanner, has seen nothing that would be an event.
    exposeHeadRoute: false,
    schema,
    config,
    handler: async (request, reply) => {
      const { check } = route;
      const { rejected } = await takeEvents(
        { request, wait: false, dryRun: check !== undefined },
        services,
        way,
      );
      return sendAnswer(reply, check === undefined ? accepted : check(rejected));
    },
  });
}

interface BootstrapWay {
  readonly name: string;
  readonly route: BootstrapRoute;
  readonly method: DialectMethod;
}

function registerBootstrap(
  app: FastifyInstance,
  services: DialectServices,
  { name, route, method }: BootstrapWay,
): void {
  const schema = describeRoute({
    tag: 'Ingest',
    summary: route.summary,
    description: `What ${name} libraries ask for before they send: it names this engine and nobody else.`,
    answers: { 200: { description: 'The settings.' } },
    ...pathOf(route.path),
  });
  const scope = route.key === undefined ? 'public' : 'ingest';
  app.route({
    method,
    url: route.path,
    schema,
    config: { scope, ...accessOf(route) },
    handler: async (request, reply) => {
      // Made for one address and one key, so that no cache in between may hand it to others.
      reply.header('cache-control', `private, max-age=${limits.bootstrapMaxAgeMs / 1000}`);
      const place = { origin: originOf(request, services.publicUrl), key: request.presentedKey ?? '' };
      return sendAnswer(reply, route.answer(wireRequest(request), place));
    },
  });
}

/** How a route is signed in to, as the server's hook reads it. */
function accessOf(
  route: Pick<DialectRoute, 'key' | 'signed' | 'credentials'>,
): Pick<FastifyContextConfig, 'keyInBody' | 'keyInPath' | 'keyParameters' | 'cors'> {
  const { key, signed, credentials } = route;
  return {
    keyInBody: signed !== undefined || key?.fields !== undefined,
    keyParameters: key?.parameters ?? [],
    ...(key?.path === undefined ? {} : { keyInPath: key.path }),
    ...(credentials === true ? { cors: CREDENTIALS } : {}),
  };
}

/** Parameters of a path, for the document. */
function pathOf(path: string): Pick<Parameters<typeof describeRoute>[0], 'path'> {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  if (names.length === 0) return {};
  const described = names.map((name) => [name, { description: 'As the library sends it.', example: 'wk_1' }]);
  return { path: Object.fromEntries(described) };
}

const HOST = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Where the library reached this engine. Behind a proxy that ends TLS the scheme is what the proxy says; the host is
 * never taken from a forwarded header, which any sender could set.
 */
function originOf(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl;
  const { host = '', 'x-forwarded-proto': forwarded } = request.headers;
  if (!HOST.test(host)) throw new TesseraError('malformed_request', 'The Host header is missing or wrong.');
  const scheme = String(forwarded ?? request.protocol)
    .split(',', 1)[0]
    ?.trim();
  return `${scheme === 'https' ? 'https' : 'http'}://${host}`;
}
