import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import type { Metrics } from './metrics.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import type { Health, StateDigest } from './services.ts';

export interface OperateServices {
  readonly health: Health;
  readonly state: StateDigest;
  readonly metrics: Metrics;
  /** What a scrape answers: the metrics of this process, or of all that share its port. */
  readonly scrape: () => Promise<string>;
  readonly version: string;
  /** True: `/metrics` needs no key, for scrapers that cannot send one. */
  readonly metricsPublic: boolean;
}

export function registerOperateRoutes(app: FastifyInstance, services: OperateServices): void {
  registerHealth(app, services.health);
  registerVersion(app, services.version);
  registerMetrics(app, services);
  registerLimits(app);
  registerStateDigest(app, services.state);
}

function registerHealth(app: FastifyInstance, health: Health): void {
  const live = describeRoute({
    tag: 'Operate',
    summary: 'Is the process alive',
    answers: { 200: { description: 'It is.', example: { status: 'ok' } } },
  });
  app.get('/healthz', { schema: live, config: { scope: 'public' } }, () => Promise.resolve({ status: 'ok' }));
  const ready = describeRoute({
    tag: 'Operate',
    summary: 'Can the engine take and answer requests',
    answers: {
      200: {
        description:
          'It can; `degraded`, with reasons, while something behind it does not work, such as history, and requests go on.',
        example: { status: 'ready', reasons: [], lag: { people: 0, history: 0 } },
      },
      503: {
        description: 'Not now; the reasons say why.',
        example: {
          status: 'not_ready',
          reasons: ['the event log is full'],
          lag: { people: 0, history: 120 },
        },
      },
    },
  });
  app.get('/readyz', { schema: ready, config: { scope: 'public' } }, async (_request, reply) => {
    const { ok, reasons, lag } = await health.ready();
    reply.code(ok ? 200 : 503).header('cache-control', 'no-store');
    return { status: ok ? (reasons.length === 0 ? 'ready' : 'degraded') : 'not_ready', reasons, lag };
  });
}

function registerVersion(app: FastifyInstance, version: string): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Name and version of the program',
    answers: { 200: { description: 'What runs here.', example: { name: 'tessera', version } } },
  });
  app.get('/version', { schema, config: { scope: 'public' } }, () =>
    Promise.resolve({ name: 'tessera', version }),
  );
}

function registerMetrics(app: FastifyInstance, { metrics, scrape, metricsPublic }: OperateServices): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Metrics in the text format of Prometheus',
    answers: {
      200: {
        description: 'All metrics; of several processes on one port those of each, with the label `process`.',
        type: 'text/plain',
        example: 'tessera_events_received_total 3',
      },
    },
  });
  const scope = metricsPublic ? 'public' : 'read';
  app.get('/metrics', { schema, config: { scope } }, async (_request, reply) => {
    reply.header('content-type', metrics.contentType).serializer((text: unknown) => String(text));
    return scrape();
  });
}

function registerLimits(app: FastifyInstance): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Every bound of the engine',
    answers: {
      200: { description: 'By name; the unit is the end of the name.', example: { batchEventsMax: 2500 } },
    },
  });
  app.get('/v1/limits', { schema, config: { scope: ['ingest', 'read'] } }, async (request) => {
    readParameters({}, request.query);
    return limits;
  });
}

function registerStateDigest(app: FastifyInstance, state: StateDigest): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'A digest over all state',
    description:
      'Equal on two engines exactly when their states are equal; for comparing replays and re-imports. The books of what was ' +
      'received (`GET /v1/analytics/conservation`) are left out: they count repeats, which change nothing else.',
    answers: { 200: { description: 'The digest.', example: { digest: '9f86d081884c7d65', entries: 1234 } } },
  });
  app.get('/v1/state/digest', { schema, config: { scope: 'admin' } }, async (request) => {
    readParameters({}, request.query);
    return state.digest();
  });
}
