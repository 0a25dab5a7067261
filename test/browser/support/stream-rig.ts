import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { allScopes } from '../../../src/model/access-key.ts';
import type { Event } from '../../../src/model/event.ts';
import type { Decision, Firing } from '../../../src/model/trigger.ts';
import { createAuthenticator } from '../../../src/serve/authenticate.ts';
import { readConsole } from '../../../src/serve/console-routes.ts';
import { type Fate, NodeEventHub } from '../../../src/serve/event-hub.ts';
import { createLogger } from '../../../src/serve/logger.ts';
import { createMetrics, type StageMeter } from '../../../src/serve/metrics.ts';
import { registerReadRoutes } from '../../../src/serve/read-routes.ts';
import { createServer } from '../../../src/serve/server.ts';
import { fakeServices, SECRET_KEY } from '../../serve/fakes.ts';

export interface FeedOptions {
  readonly eventsPerSecond: number;
  readonly firingsPerSecond: number;
  readonly seconds: number;
}

export interface Fed {
  readonly events: number;
  readonly firings: number;
}

const TICK_MS = 20;
const CHANNELS = ['web', 'app', 'mini_program', 'pos', 'marketplace', 'store_device', 'call_center'];
const DECISIONS: readonly Decision[] = ['fired', 'suppressed', 'deferred', 'held_out'];
const PROFILE = '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e';

/**
 * The console's server without an engine behind it: the real routes, streams and fan-out, fed with events that nobody has folded. So
 * a page can be watched at a rate that the machine could not fold at the same time.
 */
export class StreamRig {
  readonly key = SECRET_KEY;
  readonly #hub = new NodeEventHub({ node: 'rig', now: () => Date.now() });
  readonly #services = { ...fakeServices(), events: this.#hub };
  readonly #metrics = createMetrics({ processMetrics: false });
  readonly #stage: StageMeter = this.#metrics.stage('people');
  #app: FastifyInstance | undefined;

  async start(): Promise<string> {
    const app = await createServer({
      authenticator: createAuthenticator([{ key: this.key, name: 'operator', scopes: allScopes }]),
      metrics: this.#metrics,
      logger: createLogger('error', { write: () => undefined }),
      version: '0.1.0',
      corsOrigins: 'any',
    });
    registerReadRoutes(app, this.#services, {
      metrics: this.#metrics,
      scrape: () => this.#metrics.render(),
      version: '0.1.0',
      metricsPublic: false,
      consoleFiles: readConsole(),
    });
    this.#app = app;
    return await app.listen({ host: '127.0.0.1', port: 0 });
  }

  /** Open loop: what a late tick has missed comes with it, so that the rate holds over the whole time. */
  async feed({ eventsPerSecond, firingsPerSecond, seconds }: FeedOptions): Promise<Fed> {
    const began = performance.now();
    let [events, firings] = [0, 0];
    for (let passed = 0; passed < seconds; passed = (performance.now() - began) / 1000) {
      const due = Math.floor(Math.min(passed, seconds) * eventsPerSecond);
      const from = events;
      const fates = Array.from({ length: due - from }, (_, i) => fateOf(from + i));
      this.#hub.committed(fates, { partition: 'p0', spooled: 0 });
      this.#stage.seconds.observe((due - from) / 100_000);
      events = due;
      const decided = Math.floor(Math.min(passed, seconds) * firingsPerSecond);
      const first = firings;
      this.#services.firings.firings(Array.from({ length: decided - first }, (_, i) => firingOf(first + i)));
      firings = decided;
      await pause(TICK_MS);
    }
    return { events, firings };
  }

  async stop(): Promise<void> {
    await this.#app?.close();
  }
}

/** One in fifty comes twice, one in a hundred is bad. */
function fateOf(n: number): Fate {
  const at = Date.now();
  const source = 'shop';
  if (n % 100 === 99) {
    const code = 'schema_violation';
    return {
      record: {
        ...{ kind: 'quarantine', id: `q-${n}`, source, receivedAt: at, code },
        ...{ path: '/properties/price', message: '', sealed: '' },
      },
      outcome: { status: 'quarantined', code, profileId: '' },
    };
  }
  const event: Event = {
    ...{ id: `e-${n}`, type: 'product_viewed', time: at, receivedAt: at, source },
    ...{ channel: CHANNELS[n % CHANNELS.length] ?? 'web', identifiers: [], properties: {} },
    context: { store: 'SH-001' },
  } as unknown as Event; // The hub looks at these fields alone.
  return {
    record: { kind: 'event', event },
    outcome: { status: n % 50 === 0 ? 'duplicate' : 'applied', profileId: PROFILE },
  };
}

/** As large as those of the retail pack are. */
function firingOf(n: number): Firing {
  const decision = DECISIONS[n % DECISIONS.length] ?? 'fired';
  return {
    ...{ id: `f-${n}`, trigger: `trigger_${n % 30}`, profile_id: PROFILE, decision, at: Date.now() },
    ...(decision === 'suppressed' ? { reason: 'cooldown' } : {}),
    ...{ event_id: `e-${n}`, channel: 'sms' },
    payload: {
      template: 'plus_size_coupon',
      message: {
        template: 'plus_size_coupon',
        locale: 'en',
        title: 'Still thinking?',
        body: 'Your size is here.',
      },
    },
    trace: {
      ...{
        version: '330967fe76e62730',
        matched: { count: 3, of: 'product_viewed' },
        key: 'spu-1',
        purpose: 'marketing',
      },
      checks: [
        { check: 'channel', passed: true, wanted: 'preferred', channel: 'sms', consent: 'granted' },
        { check: 'cooldown', passed: decision !== 'suppressed', cooldown_ms: 86_400_000 },
        { check: 'caps', passed: true, asked: 4, zone: 'Asia/Shanghai' },
      ],
    },
  };
}
