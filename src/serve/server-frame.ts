import type { Server } from 'node:https';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  fastify,
  LogController,
} from 'fastify';
import { limits } from '../limits.ts';
import { problemOf, rawProblemResponse, sendProblem } from './problem.ts';

/** PEM texts of a certificate with its chain, and of its private key. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface ServerFrameOptions {
  readonly logger: FastifyBaseLogger;
  /** Absent: TLS ends in front of this process, or nowhere. */
  readonly tls?: TlsFiles | undefined;
}

/** Slow and oversized requests end here, before anything of this program sees them. */
const CONNECTIONS = Object.freeze({
  maxHeaderSize: limits.headerBytesMax,
  headersTimeout: limits.headersTimeoutMs,
  requestTimeout: limits.requestTimeoutMs,
  // Those that are too slow end together with whoever is looked at in the same turn: so often, and few at a time.
  connectionsCheckingInterval: limits.slowConnectionsLookMs,
});

/** The HTTP library, set up: bounds of connections and of what comes over them. */
export function openServerFrame({ logger, tls }: ServerFrameOptions): FastifyInstance {
  const frame = frameOf(logger);
  const app =
    tls === undefined
      ? fastify({ ...frame, http: CONNECTIONS })
      : // To all that plugs into it a server with TLS is a server.
        (fastify<Server>({
          ...frame,
          https: { ...CONNECTIONS, ...tls, handshakeTimeout: limits.tlsHandshakeMs },
        }) as unknown as FastifyInstance);
  app.server.maxConnections = limits.connectionsMax;
  return app;
}

/** All but what makes a server of its own kind. */
type Frame = Omit<FastifyServerOptions, 'serverFactory'>;

function frameOf(logger: FastifyBaseLogger): Frame {
  return {
    loggerInstance: logger,
    // One logger for all requests: a child per request would cost more than the request line is worth.
    childLoggerFactory: (own) => own,
    // The library's own request lines hold whole addresses, and those hold identifiers.
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: limits.requestTimeoutMs,
    // Whoever neither sends nor takes what is sent holds a connection and a buffer for nothing.
    connectionTimeout: limits.silentConnectionMs,
    bodyLimit: limits.bodyBytesMax,
    routerOptions: { maxParamLength: limits.pathParameterCharactersMax },
    forceCloseConnections: 'idle',
    // Draining answers in the shape of every other problem; see prepareRequests.
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => sendProblem(reply, problemOf(error)),
    clientErrorHandler: (error, socket) => {
      if (error.code !== 'ECONNRESET' && socket.writable) socket.write(rawProblemResponse(error));
      socket.destroy();
    },
  };
}
