import fastifyCors from '@fastify/cors';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { assert, type ErrorCode, TesseraError } from '../errors.ts';
import type { DialectRoute, WireAnswer } from '../ingest/dialects/dialect.ts';
import { limits } from '../limits.ts';
import type { Scope } from '../model/access-key.ts';
import { auditAnswers, type RequestAudit } from './audit-requests.ts';
import { type Authenticator, type Principal, presentedKey, requireOrigin } from './authenticate.ts';
import { BodyBudget } from './body-budget.ts';
import { type Drain, installDrain } from './drain.ts';
import type { Metrics, RouteMeter } from './metrics.ts';
import { collectOpenApi } from './openapi.ts';
import { isSheddable, type Overload, trafficClass } from './overload.ts';
import { readParameters } from './parameters.ts';
import { problemOf, retryAfterSeconds, sendProblem } from './problem.ts';
import { RefusedBodies } from './refused-bodies.ts';
import { createRouteTable, type RouteTable } from './route-table.ts';
import { forbidCaching, installSecurityHeaders } from './security-headers.ts';
import { openServerFrame, type ServerFrameOptions } from './server-frame.ts';
import { closeLater, takeRest } from './take-rest.ts';
import { installTracing, traceIdOf } from './tracing.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route: `public`, or a key with one of these scopes. A route without it is refused. */
    scope?: Scope | readonly Scope[] | 'public';
    /** Dialects that carry the key in the body: without a key elsewhere, the handler must authorize. */
    keyInBody?: boolean;
    /** Further query parameters that may carry the key, e.g. `project` or `api_secret`. */
    keyParameters?: readonly string[];
    /** The parameter of the path that is the key. */
    keyInPath?: string;
    /** What CORS allows on this route beyond the rest; read by the library. */
    cors?: { readonly credentials: true };
    /** In what form failures are told; absent: as problems. */
    failed?: DialectRoute['failed'];
    /** The answer lasts as long as the client stays, so its duration is not observed. */
    endless?: boolean;
  }
  interface FastifyRequest {
    /** Set on every route that is not public, except while `keyInBody` defers the check. */
    principal: Principal | undefined;
    /** The key that `principal` was found by. */
    presentedKey: string | undefined;
    /** Refused because more came than can be done. */
    shed: boolean;
    /** The Content-Type as sent; bodies are read as bytes whatever it says. */
    declaredContentType: string | undefined;
  }
  interface FastifyInstance {
    readonly routeTable: RouteTable;
    readonly refusedBodies: RefusedBodies;
  }
}

export interface ServerOptions extends ServerFrameOptions {
  readonly authenticator: Authenticator;
  readonly metrics: Metrics;
  readonly version: string;
  /** Absent where nothing is accounted for, which is in tests alone. */
  readonly audit?: RequestAudit;
  /** Refuses what comes while more comes than can be done; absent: nothing is refused. */
  readonly overload?: Overload;
  /** `any` reflects every origin: keys, not origins, decide who may do what. */
  readonly corsOrigins: 'any' | readonly string[];
}

/** The frame that routes plug into: limits, keys, problems, CORS, metrics and the OpenAPI document. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = openServerFrame(options);
  // Schemas of routes are documentation: bodies are bytes, and handlers check what they read.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));

  const drain = installDrain(app, { drainMs: limits.drainMs, sweepMs: limits.drainSweepMs });
  installTracing(app);
  installSecurityHeaders(app, { tls: options.tls !== undefined });
  const { overload } = options;
  if (overload !== undefined) {
    app.addHook('onListen', async () => overload.start());
    app.addHook('onClose', async () => overload.stop());
  }
  app.addHook('preParsing', new BodyBudget().hook);
  await installCors(app, options.corsOrigins);
  await collectOpenApi(app, options.version);
  const routeTable = createRouteTable();
  app.decorate('routeTable', routeTable);
  app.decorate('refusedBodies', new RefusedBodies());
  prepareRequests(app, drain, options.metrics.route('*', 'unmatched'));
  app.addHook('onRoute', (route) => equipRoute(route, app, options));
  return app;
}

async function installCors(app: FastifyInstance, origins: ServerOptions['corsOrigins']): Promise<void> {
  await app.register(fastifyCors, {
    origin: origins === 'any' ? true : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: ['Retry-After'],
    maxAge: Math.floor(limits.corsMaxAgeMs / 1000),
    // Any OPTIONS request is answered, also by clients that leave out a header of the protocol.
    strictPreflight: false,
  });
}

/** What happens to every request before its route, and before a byte of its body is read. */
function prepareRequests(app: FastifyInstance, drain: Drain, unmatched: RouteMeter): void {
  app.decorateRequest('principal', undefined);
  app.decorateRequest('presentedKey', undefined);
  app.decorateRequest('declaredContentType', undefined);
  app.decorateRequest('shed', false);
  app.decorateRequest('disclosure', undefined);
  app.decorateRequest('auditDetail', undefined);
  app.addHook('onRequest', (request, reply, done) => {
    const headers = request.raw.headers;
    request.declaredContentType = headers['content-type'];
    // Bytes matter, not labels: with the label gone, a malformed one cannot be answered with 415.
    headers['content-type'] = undefined;
    if (drain.active()) {
      reply.header('connection', 'close');
      return done(new TesseraError('stopping'));
    }
    if (!request.is404) return done();
    done(noSuchRoute(app.routeTable, request, reply));
  });
  app.addHook('onResponse', (request, reply, done) => {
    if (request.is404) unmatched.observe(reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
}

function noSuchRoute(routes: RouteTable, request: FastifyRequest, reply: FastifyReply): TesseraError {
  const path = request.url.split('?', 1)[0] ?? '/';
  const methods = routes.methodsFor(path);
  if (methods.length === 0) return new TesseraError('not_found', 'There is no such route; see /docs.');
  reply.header('allow', methods.join(', '));
  return new TesseraError('method_not_allowed');
}

/** Of what changes something and is told all of it in its body: trackers' requests carry parameters of their own, so not those. */
function changesWithoutParameters({ method, config, schema }: RouteOptions): boolean {
  const changes = method === 'POST' || method === 'PUT' || method === 'PATCH' || method === 'DELETE';
  return changes && ![config?.scope].flat().includes('ingest') && schema?.querystring === undefined;
}

/** Nobody who adds `?dry_run=true` to what has no such parameter gets the real thing for it. */
function refuseParameters(
  request: FastifyRequest,
  _reply: FastifyReply,
  done: (error?: Error) => void,
): void {
  try {
    readParameters({}, request.query);
    done();
  } catch (error) {
    done(error as Error);
  }
}

/** Gives a route, once and at start-up, its check of keys, its meter and its log line. */
function equipRoute(
  route: RouteOptions,
  { routeTable: table, refusedBodies }: Pick<FastifyInstance, 'routeTable' | 'refusedBodies'>,
  options: ServerOptions,
): void {
  const scope = route.config?.scope;
  const method = String(route.method);
  assert(scope !== undefined, `the route ${method} ${route.url} names no scope`);
  for (const each of [route.method].flat()) table.add(each, route.url);
  if (scope !== 'public') {
    route.onRequest = [
      checkKey(route, options),
      ...shedding(route, options),
      ...(scope === 'ingest' ? [patience(refusedBodies)] : []),
      ...listOf(route.onRequest),
    ];
    if (changesWithoutParameters(route))
      route.preValidation = [refuseParameters, ...listOf(route.preValidation)];
    const { audit } = options;
    if (audit !== undefined) route.onSend = [...listOf(route.onSend), auditAnswers(route, audit)];
  }
  const meter = options.metrics.route(method, route.url);
  const endless = route.config?.endless === true;
  const template = route.url;
  route.onResponse = [
    ...listOf(route.onResponse),
    (request, reply, done) => {
      const ms = reply.elapsedTime;
      if (endless) meter.count(reply.statusCode);
      else meter.observe(reply.statusCode, ms / 1000);
      const line = {
        ...{ method, route: template, status: reply.statusCode, ms: Math.round(ms * 1000) / 1000 },
        ...traceField(request),
      };
      // Lines about what is refused because too much comes would be too much themselves; a metric counts it.
      if (reply.statusCode >= 500 && !request.shed) options.logger.warn(line, 'request failed');
      else options.logger.debug(line, 'request');
      done();
    },
  ];
}

/** So that lines are found by the trace of whoever asked. */
function traceField({ headers }: FastifyRequest): { readonly trace_id?: string } {
  const trace = traceIdOf(headers.traceparent);
  return trace === undefined ? {} : { trace_id: trace };
}

type OnRequest = NonNullable<Exclude<RouteOptions['onRequest'], readonly unknown[]>>;

function checkKey(route: RouteOptions, { authenticator, audit }: ServerOptions): OnRequest {
  const { scope, keyInBody = false, keyParameters = [], keyInPath } = route.config ?? {};
  assert(scope !== undefined && scope !== 'public', 'only routes with a scope check keys');
  const scopes: readonly Scope[] = typeof scope === 'string' ? [scope] : scope;
  const parameters = ['writeKey', ...keyParameters];
  const via = `${route.method} ${route.url}`;
  return (request, reply, done) => {
    // Answers to events are kept by no cache anyway, and one that a page never reads keeps its connection where this is said.
    if (request.method === 'GET') forbidCaching(reply);
    const { headers, query } = request;
    const inPath = keyInPath === undefined ? undefined : partOfPath(request, keyInPath);
    const key = presentedKey({ headers, query, parameters, inPath });
    if (key === undefined && keyInBody) return done();
    try {
      const principal = authenticator.authorize(key, scopes);
      requireOrigin(principal, headers);
      principal.meter?.takeRequest();
      request.principal = principal;
      request.presentedKey = key;
    } catch (error) {
      if (error instanceof TesseraError) audit?.refused(error.code, via);
      return done(error instanceof Error ? error : new TesseraError('internal', undefined, { cause: error }));
    }
    done();
  };
}

/** After the key, since who sends decides; before the body, which is what costs. */
function shedding({ config }: RouteOptions, { overload }: ServerOptions): OnRequest[] {
  const { scope } = config ?? {};
  if (overload === undefined || scope === undefined || scope === 'public') return [];
  if (!isSheddable(typeof scope === 'string' ? [scope] : scope)) return [];
  return [
    (request, _reply, done) => {
      const { principal, method, url, headers } = request;
      try {
        overload.admit(trafficClass({ principal, method, path: url, headers }));
      } catch (error) {
        request.shed = true;
        return done(
          error instanceof Error ? error : new TesseraError('internal', undefined, { cause: error }),
        );
      }
      done();
    },
  ];
}

/** Before the body is read, since reading is what costs. */
function patience(refusedBodies: RefusedBodies): OnRequest {
  return (request, _reply, done) => {
    const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
    const unsaid = chunked === undefined ? 0 : undefined;
    try {
      refusedBodies.admit(request.principal, length === undefined ? unsaid : Number(length));
    } catch (error) {
      return done(error instanceof Error ? error : new TesseraError('internal', undefined, { cause: error }));
    }
    done();
  };
}

function partOfPath({ params }: FastifyRequest, name: string): unknown {
  return typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
}

function listOf<T>(hooks: T | T[] | undefined): T[] {
  if (hooks === undefined) return [];
  return Array.isArray(hooks) ? hooks : [hooks];
}

/** Who sends too much shall hear of it; who has sent too much before is not read for that. */
const REST_BYTES_MAX: Readonly<Partial<Record<ErrorCode, number>>> = {
  body_too_large: limits.refusedBodyBytesMax,
  rate_limited: limits.limitedBodyBytesMax,
};

async function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = problemOf(error);
  const restBytesMax = REST_BYTES_MAX[body.code];
  if (restBytesMax !== undefined && !request.raw.complete) {
    const { raw, principal, server } = request;
    const taken = await takeRest(raw, { bytesMax: restBytesMax, waitMs: limits.refusedBodyMs });
    if (body.code === 'body_too_large') server.refusedBodies.charge(principal, taken);
    if (body.code === 'body_too_large' || !raw.complete) reply.header('connection', 'close');
    if (!raw.complete) closeLater(raw.socket, limits.lingerMs);
  }
  if (body.code === 'internal') {
    request.log.error(
      { err: error, method: request.method, route: request.routeOptions.url, ...traceField(request) },
      'unexpected error',
    );
  }
  const answer = request.routeOptions.config.failed?.(body);
  const retryAfter = retryAfterSeconds(answer?.status ?? body.status, error);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (answer === undefined) return sendProblem(reply, body);
  return sendAnswer(reply, answer);
}

/** An answer in the form of another protocol. */
export function sendAnswer(reply: FastifyReply, answer: WireAnswer): FastifyReply {
  const { status, type, headers, body } = answer;
  if (headers !== undefined) reply.headers(headers);
  if (type !== undefined) reply.header('content-type', type);
  reply.code(status).serializer(asItIs);
  return body.length === 0 ? reply.send() : reply.send(body);
}

/** Text and bytes that are ready. */
function asItIs(body: unknown): string {
  return body as string; // The library asks for text alone, but sends bytes as well.
}

const NO_BYTES = Buffer.alloc(0);

/** The body's bytes; empty where none came. */
export function bodyBytes(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : NO_BYTES;
}
