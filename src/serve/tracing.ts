import type { FastifyInstance, FastifyRequest } from 'fastify';

/*
 * Trace context of W3C, and spans where an operator has loaded an SDK of OpenTelemetry into the process
 * (`NODE_OPTIONS=--import=…`). The SDK is found where its API keeps it for everybody; nothing of it is a dependency, and without one a
 * request costs nothing here.
 */

declare module 'fastify' {
  interface FastifyRequest {
    /** Set while an SDK is there. */
    span: Span | undefined;
  }
}

/** What is used of OpenTelemetry's API, version 1. */
interface Span {
  setAttribute(name: string, value: string | number): unknown;
  setStatus(status: { readonly code: number }): unknown;
  end(): void;
}

interface Context {
  setValue(key: symbol, value: unknown): Context;
}

interface OpenTelemetry {
  readonly trace?: {
    getTracer(name: string): {
      startSpan(name: string, options: object, context?: Context): Span;
    };
  };
  readonly context?: {
    active(): Context;
    with(context: Context, work: () => void): void;
  };
  readonly propagation?: {
    extract(context: Context, carrier: unknown, getter: typeof headerGetter): Context;
  };
}

const API = Symbol.for('opentelemetry.js.api.1');
const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN');
const KIND_SERVER = 1;
const STATUS_ERROR = 2;

const headerGetter = {
  keys: (headers: FastifyRequest['headers']): string[] => Object.keys(headers),
  get: (headers: FastifyRequest['headers'], name: string): string | string[] | undefined => headers[name],
};

/** The trace that a request belongs to, as its `traceparent` says; undefined where it has none or one that is none. */
export function traceIdOf(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  const [, version, trace, parent] = TRACEPARENT.exec(header) ?? [];
  if (version === 'ff' || trace === NO_TRACE || parent === NO_PARENT) return undefined;
  return trace;
}

/** Later versions may add fields. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/;
const NO_TRACE = '0'.repeat(32);
const NO_PARENT = '0'.repeat(16);

/** A span for each request, below that of whoever sent it. Does nothing where there is no SDK when the server is built. */
export function installTracing(app: FastifyInstance): void {
  const found: OpenTelemetry | undefined = Reflect.get(globalThis, API);
  if (found?.trace === undefined) return;
  const { context, propagation } = found;
  const tracer = found.trace.getTracer('tessera');
  app.decorateRequest('span', undefined);
  app.addHook('onRequest', (request, _reply, done) => {
    // The template of the route: an address may hold identifiers.
    const route = request.routeOptions.url ?? 'unmatched';
    const options = {
      kind: KIND_SERVER,
      attributes: { 'http.request.method': request.method, 'http.route': route },
    };
    const active = context?.active();
    const parent = active && (propagation?.extract(active, request.headers, headerGetter) ?? active);
    const span = tracer.startSpan(`${request.method} ${route}`, options, parent);
    request.span = span;
    if (context === undefined || parent === undefined) return done();
    // What is called from here on, such as a driver with spans of its own, comes below this one.
    context.with(parent.setValue(SPAN_KEY, span), done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { span } = request;
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: STATUS_ERROR });
    span?.end();
    done();
  });
}
