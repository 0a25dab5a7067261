import fastifyCors from '@fastify/cors';
import { fastify, LogController, } from 'fastify';
import { assert, TesseraError } from "../errors.js";
import { limits } from "../limits.js";
import { presentedKey } from "./authenticate.js";
import { installDrain } from "./drain.js";
import { collectOpenApi } from "./openapi.js";
import { problemOf, rawProblemResponse, sendProblem } from "./problem.js";
import { createRouteTable } from "./route-table.js";
import { takeRest } from "./take-rest.js";
/** The frame that routes plug into: limits, keys, problems, CORS, metrics and the OpenAPI document. */
export async function createServer(options) {
    const app = fastify({
        loggerInstance: options.logger,
        // One logger for all requests: a child per request would cost more than the request line is worth.
        childLoggerFactory: (logger) => logger,
        // The library's own request lines hold whole addresses, and those hold identifiers.
        logController: new LogController({ disableRequestLogging: true }),
        http: {
            maxHeaderSize: limits.headerBytesMax,
            headersTimeout: limits.headersTimeoutMs,
            requestTimeout: limits.requestTimeoutMs,
            connectionsCheckingInterval: Math.floor(limits.headersTimeoutMs / 2),
        },
        requestTimeout: limits.requestTimeoutMs,
        bodyLimit: limits.bodyBytesMax,
        routerOptions: { maxParamLength: limits.pathParameterCharactersMax },
        forceCloseConnections: 'idle',
        // Draining answers in the shape of every other problem; see prepareRequests.
        return503OnClosing: false,
        frameworkErrors: (error, _request, reply) => sendProblem(reply, problemOf(error)),
        clientErrorHandler: (error, socket) => {
            if (error.code !== 'ECONNRESET' && socket.writable)
                socket.write(rawProblemResponse(error));
            socket.destroy();
        },
    });
    app.server.maxConnections = limits.connectionsMax;
    // Schemas of routes are documentation: bodies are bytes, and handlers check what they read.
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => JSON.stringify);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
    const drain = installDrain(app, { drainMs: limits.drainMs, sweepMs: limits.drainSweepMs });
    await installCors(app, options.corsOrigins);
    await collectOpenApi(app, options.version);
    const routeTable = createRouteTable();
    app.decorate('routeTable', routeTable);
    prepareRequests(app, drain, options.metrics.route('*', 'unmatched'));
    app.addHook('onRoute', (route) => equipRoute(route, routeTable, options));
    return app;
}
async function installCors(app, origins) {
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
function prepareRequests(app, drain, unmatched) {
    app.decorateRequest('principal', undefined);
    app.decorateRequest('declaredContentType', undefined);
    app.addHook('onRequest', (request, reply, done) => {
        const headers = request.raw.headers;
        request.declaredContentType = headers['content-type'];
        // Bytes matter, not labels: with the label gone, a malformed one cannot be answered with 415.
        headers['content-type'] = undefined;
        if (drain.active()) {
            reply.header('connection', 'close');
            return done(new TesseraError('stopping'));
        }
        if (!request.is404)
            return done();
        done(noSuchRoute(app.routeTable, request, reply));
    });
    app.addHook('onResponse', (request, reply, done) => {
        if (request.is404)
            unmatched.observe(reply.statusCode, reply.elapsedTime / 1000);
        done();
    });
}
function noSuchRoute(routes, request, reply) {
    const path = request.url.split('?', 1)[0] ?? '/';
    const methods = routes.methodsFor(path);
    if (methods.length === 0)
        return new TesseraError('not_found', 'There is no such route; see /docs.');
    reply.header('allow', methods.join(', '));
    return new TesseraError('method_not_allowed');
}
/** Gives a route, once and at start-up, its check of keys, its meter and its log line. */
function equipRoute(route, table, options) {
    const scope = route.config?.scope;
    const method = String(route.method);
    assert(scope !== undefined, `the route ${method} ${route.url} names no scope`);
    for (const each of [route.method].flat())
        table.add(each, route.url);
    if (scope !== 'public')
        route.onRequest = [checkKey(route, options.authenticator), ...listOf(route.onRequest)];
    const meter = options.metrics.route(method, route.url);
    const endless = route.config?.endless === true;
    const template = route.url;
    route.onResponse = [
        ...listOf(route.onResponse),
        (_request, reply, done) => {
            const ms = reply.elapsedTime;
            if (endless)
                meter.count(reply.statusCode);
            else
                meter.observe(reply.statusCode, ms / 1000);
            const line = { method, route: template, status: reply.statusCode, ms: Math.round(ms * 1000) / 1000 };
            if (reply.statusCode >= 500)
                options.logger.warn(line, 'request failed');
            else
                options.logger.debug(line, 'request');
            done();
        },
    ];
}
function checkKey(route, authenticator) {
    const { scope, keyInBody = false, keyParameters = [] } = route.config ?? {};
    assert(scope !== undefined && scope !== 'public', 'only routes with a scope check keys');
    const scopes = typeof scope === 'string' ? [scope] : scope;
    const parameters = ['writeKey', ...keyParameters];
    return (request, _reply, done) => {
        const key = presentedKey({ headers: request.headers, query: request.query, parameters });
        if (key === undefined && keyInBody)
            return done();
        try {
            request.principal = authenticator.authorize(key, scopes);
        }
        catch (error) {
            return done(error instanceof Error ? error : new TesseraError('internal', undefined, { cause: error }));
        }
        done();
    };
}
function listOf(hooks) {
    if (hooks === undefined)
        return [];
    return Array.isArray(hooks) ? hooks : [hooks];
}
async function answerError(error, request, reply) {
    const body = problemOf(error);
    if (body.code === 'body_too_large' && !request.raw.complete) {
        await takeRest(request.raw, { bytesMax: limits.refusedBodyBytesMax, waitMs: limits.refusedBodyMs });
        reply.header('connection', 'close');
    }
    if (body.code === 'internal') {
        request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'unexpected error');
    }
    return sendProblem(reply, body);
}
const NO_BYTES = Buffer.alloc(0);
/** The body's bytes; empty where none came. */
export function bodyBytes(request) {
    return Buffer.isBuffer(request.body) ? request.body : NO_BYTES;
}
//# sourceMappingURL=server.js.map