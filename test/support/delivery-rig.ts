import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import { AddressRules } from '../../src/adapters/webhook/address-rules.ts';
import { createWebhookSender } from '../../src/adapters/webhook/sender.ts';
import { createComposer } from '../../src/background/compose-message.ts';
import { DeliveryWorker, type DeliveryWorkerOptions } from '../../src/background/delivery-worker.ts';
import { FUSED } from '../../src/cluster/topology.ts';
import { createKeyring } from '../../src/ingest/keyring.ts';
import { createSealer } from '../../src/ingest/seal.ts';
import type { Event } from '../../src/model/event.ts';
import type { DefinitionsRecord } from '../../src/model/record.ts';
import type { Firing, TriggerDefinition } from '../../src/model/trigger.ts';
import type { DeadLetter, Delivery, Endpoint, WebhookDefinition } from '../../src/model/webhook.ts';
import { headerPlace, secretPlace } from '../../src/model/webhook-seal.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { createStateReader } from '../../src/runner/whole-state.ts';
import { eventOf } from './fold-world.ts';
import { createFusedRunner, type FusedRunner, type FusedRunnerOptions } from './fused-runner.ts';

export const SECRET = `whsec_${Buffer.alloc(24, 5).toString('base64')}`;

/** Every checkout is told of, to nobody in particular. */
export const onCheckout: TriggerDefinition = {
  name: 'checkout',
  purpose: 'service',
  on: { event: 'checkout_started' },
  action: { channel: 'none' },
};

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real HTTP server on loopback that writes down what it is sent. */
export class HookServer {
  readonly received: Received[] = [];
  /** The status that it answers, and headers; undefined: it says nothing. */
  answer: (
    received: Received,
  ) => { readonly status: number; readonly headers?: Record<string, string> } | undefined = () => ({
    status: 204,
  });
  atOnce = 0;
  atOnceMost = 0;
  #server: Server | undefined;

  async start(): Promise<string> {
    const server = createServer((request, response) => {
      let body = '';
      this.atOnce++;
      this.atOnceMost = Math.max(this.atOnceMost, this.atOnce);
      request.on('data', (chunk) => {
        body += chunk;
      });
      response.on('close', () => {
        this.atOnce--;
      });
      request.on('end', () => {
        const received = { path: request.url ?? '', headers: request.headers, body };
        this.received.push(received);
        const answer = this.answer(received);
        if (answer !== undefined) response.writeHead(answer.status, answer.headers).end();
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a port has an address with one.
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve) ?? resolve(undefined));
  }

  /** Webhook ids, as often as they came, in order. */
  get ids(): string[] {
    return this.received.map(({ headers }) => String(headers['webhook-id']));
  }
}

export interface DeliveryRig extends FusedRunner {
  readonly worker: DeliveryWorker;
  /** Another worker on the same state and log, as after the process of the first has ended. */
  newWorker(around?: Partial<DeliveryWorkerOptions>): DeliveryWorker;
  force(change: Partial<DefinitionsRecord>): Promise<void>;
  webhook(name: string, url: string, more?: Partial<WebhookDefinition>): WebhookDefinition;
  /** Events of these ids that the trigger fires on, folded; the decisions. */
  checkouts(...ids: readonly string[]): Promise<readonly Firing[]>;
  /** Looks, sends and folds until nothing is due any more. */
  settle(): Promise<void>;
  /** Lets so much time pass, in steps. */
  pass(ms: number, stepMs: number): Promise<void>;
  endpoint(name: string): Endpoint | undefined;
  waiting(name: string): readonly Delivery[];
  dead(name: string): readonly DeadLetter[];
}

export function createDeliveryRig(options: FusedRunnerOptions = {}): DeliveryRig {
  const fused = createFusedRunner(options);
  const { clock, log, store, definitions, runner } = fused;
  const keyring = createKeyring({
    master: Buffer.alloc(32, 7),
    keys: createMemoryKeyStore(),
    space: 'test',
    clock,
  });
  const sealer = createSealer(keyring);
  const codec = createEntryCodec(definitions);
  const newWorker = (around: Partial<DeliveryWorkerOptions> = {}): DeliveryWorker =>
    new DeliveryWorker({
      partition: 'p0',
      store,
      codec,
      log,
      clock,
      sender: createWebhookSender({ rules: new AddressRules({ allow: ['127.0.0.1/32'], http: true }) }),
      compose: createComposer({ state: createStateReader(store, FUSED), codec, sealer, clock }),
      webhook: (name) => definitions.outgoing.webhooks.get(name),
      appliedSeq: () => runner.checkpoint?.seq,
      onError: (error) => {
        throw error;
      },
      ...around,
    });
  const worker = newWorker();
  const entries = <T>(prefix: string): readonly T[] =>
    store.scan('p0', prefix, '', 100_000).map(([key, bytes]) => codec.decode(key, bytes) as T);
  const settle = async (): Promise<void> => {
    await fused.drain();
    while ((await worker.look()) > 0 || worker.busy) {
      await worker.settled();
      await fused.drain();
    }
  };
  return {
    ...fused,
    worker,
    newWorker,
    settle,
    async force(change) {
      const { identity, triggers } = definitions.entry;
      await fused.append({
        kind: 'definitions',
        author: 'test',
        features: [],
        triggers: triggers.map(({ definition }) => definition),
        identity: identity.definition,
        ...change,
      });
      await fused.drain();
    },
    webhook: (name, url, { headers, ...more } = {}) => ({
      name,
      url,
      decisions: ['fired'],
      secrets: [sealer.seal(keyring.currentIntakeKey(), secretPlace(name), SECRET)],
      ...(headers && {
        headers: Object.fromEntries(
          Object.entries(headers).map(([header, value]) => [
            header,
            sealer.seal(keyring.currentIntakeKey(), headerPlace(name, header), value),
          ]),
        ),
      }),
      ...more,
    }),
    async checkouts(...ids) {
      const outcomes = await fused.apply(...ids.map((id) => checkoutOf(id, clock.now())));
      return outcomes.flatMap(({ firings }) => firings);
    },
    async pass(ms, stepMs) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        clock.advance(stepMs);
        await settle();
      }
    },
    endpoint: (name) => fused.entry<Endpoint>(`e/${name}`),
    waiting: (name) => entries<Delivery>(`q/${name}/`),
    dead: (name) => entries<DeadLetter>(`z/${name}/`),
  };
}

function checkoutOf(id: string, now: number): Event {
  return eventOf(id, [`u${id}`], { type: 'checkout_started', time: now, receivedAt: now });
}
