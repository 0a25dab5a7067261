import type { ChildProcess } from 'node:child_process';
import { ask, SECRET_KEY, startGenerator } from '../support/child.ts';
import type { Latencies, SliceResult } from '../support/load.ts';
import type { ExpectedAnswer, Order } from '../support/load-child.ts';
import type { ScheduledResult } from '../support/open-loop.ts';
import type { TrafficOptions } from '../support/traffic.ts';
import { type Arm, type Use, usePer } from './arm.ts';
import { BATCH, type Plan } from './plan.ts';

/** Per event, or per request where nothing but requests was sent. */
export interface Measured {
  readonly use: Use;
  readonly perSecond: number;
  readonly latencyMs: Latencies;
}

const EVENTS_PATH = '/v1/events';
/** What a first guess at the rate is taken from. */
const WARM_REQUESTS = 300;
const WARM_BATCHES = 30;
const INTRODUCTION_BATCH = 500;
const REQUESTS_MAX = 60_000;

/** Loads arms in turn by one generator, in slices that take about as long as each other. */
export class Bench {
  readonly plan: Plan;
  readonly directory: string;
  readonly #generator: ChildProcess = startGenerator();
  readonly #sent = new Map<string, number>();
  /** Requests per second, by what was sent where. */
  readonly #rates = new Map<string, number>();

  constructor(plan: Plan, directory: string) {
    this.plan = plan;
    this.directory = directory;
  }

  /** Everybody comes once, in batches. */
  async meet(arm: Arm, traffic: TrafficOptions = { people: this.plan.people }): Promise<void> {
    await this.open(arm, traffic);
    const to = this.#to(arm, EVENTS_PATH);
    await this.#ask({ kind: 'introduce', batch: INTRODUCTION_BATCH, ...to, connections: 1 });
    await arm.caughtUp(this.#count(arm, traffic.people ?? this.plan.people));
  }

  /** Of an engine that knows everybody already. */
  async open(arm: Arm, traffic: TrafficOptions): Promise<void> {
    await this.#ask({ kind: 'open', target: arm.name, traffic });
    this.#sent.set(arm.name, 0);
  }

  async events(arm: Arm, batch: number, path = EVENTS_PATH): Promise<Measured> {
    const what = `${arm.name} ${batch} ${path}`;
    const requests = await this.#requestsOf(what, batch === 1 ? WARM_REQUESTS : WARM_BATCHES, (n) =>
      this.#slice(arm, { batch, requests: n, path }),
    );
    return await this.#slice(arm, { batch, requests, path });
  }

  async recommendations(arm: Arm, people: number): Promise<Measured> {
    const ask = (requests: number): Promise<Measured> =>
      this.#timed(arm, requests, () =>
        this.#ask({ kind: 'recommend', requests, people, ...this.#to(arm, '') }),
      );
    return await ask(await this.#requestsOf(`${arm.name} recommendations`, WARM_REQUESTS, ask));
  }

  /** Single events at fixed moments, for as long as a slice takes. */
  async scheduled(
    arm: Arm,
    perSecond: number,
    { path = EVENTS_PATH, sleeps = false }: { readonly path?: string; readonly sleeps?: boolean } = {},
  ): Promise<ScheduledResult> {
    const { requests: fixed, sliceMs } = this.plan;
    const requests = fixed ?? Math.ceil((perSecond * sliceMs) / 1_000);
    const to = this.#to(arm, path);
    const order = { kind: 'scheduled', requests, batch: 1, perSecond, sleeps, ...to } as const;
    const result = await this.#ask<ScheduledResult>(order);
    await arm.caughtUp(this.#count(arm, requests));
    return result;
  }

  /** CPU µs per event of nothing but parsing and validation, in the generator. */
  async floor(): Promise<number> {
    const events = this.plan.quick ? 1_000 : 50_000;
    const { cpuUs } = await this.#ask<{ cpuUs: number }>({ kind: 'floor', events, batch: BATCH });
    return cpuUs;
  }

  /** Events since the arm was opened. */
  sentTo({ name }: Arm): number {
    return this.#sent.get(name) ?? 0;
  }

  async check(arm: Arm): Promise<number> {
    const { sent, expected } = await this.#ask<ExpectedAnswer>({ kind: 'expected', target: arm.name });
    await arm.check({ sent, expected: new Map(expected) });
    return sent;
  }

  stop(): void {
    this.#generator.kill();
  }

  /** As many as a slice has; found out once by a slice that does not count and warms up. */
  async #requestsOf(
    what: string,
    warm: number,
    send: (requests: number) => Promise<Measured>,
  ): Promise<number> {
    const { requests, sliceMs } = this.plan;
    if (requests !== undefined) return warm === WARM_BATCHES ? Math.ceil(requests / 10) : requests;
    let rate = this.#rates.get(what);
    if (rate === undefined) {
      const began = performance.now();
      await send(warm);
      const again = performance.now();
      // The first one compiles; the second one tells the rate.
      await send(Math.ceil((warm * Math.min(sliceMs, 1_000)) / Math.max(again - began, 1)));
      const { perSecond } = await send(warm);
      rate = perSecond / (warm === WARM_BATCHES ? BATCH : 1);
      this.#rates.set(what, rate);
    }
    return Math.min(REQUESTS_MAX, Math.max(1, Math.ceil((rate * sliceMs) / 1_000)));
  }

  async #slice(
    arm: Arm,
    { batch, requests, path }: { readonly batch: number; readonly requests: number; readonly path: string },
  ): Promise<Measured> {
    return await this.#timed(arm, requests * batch, async () => {
      const order = { kind: 'slice', requests, batch, ...this.#to(arm, path) } as const;
      const result = await this.#ask<SliceResult>(order);
      const acknowledged = performance.now();
      await arm.caughtUp(this.#count(arm, requests * batch));
      return { ...result, wallMs: result.wallMs + performance.now() - acknowledged };
    });
  }

  async #timed(arm: Arm, units: number, send: () => Promise<SliceResult>): Promise<Measured> {
    const before = arm.use();
    const { wallMs, latencyMs } = await send();
    return { use: usePer(units, before, arm.use()), perSecond: units / (wallMs / 1_000), latencyMs };
  }

  #count({ name }: Arm, events: number): number {
    const sent = (this.#sent.get(name) ?? 0) + events;
    this.#sent.set(name, sent);
    return sent;
  }

  #to({ name, port }: Arm, path: string) {
    return { target: name, port, path, key: SECRET_KEY, connections: this.plan.connections };
  }

  async #ask<Answer>(order: Order): Promise<Answer> {
    return await ask<Answer>(this.#generator, order);
  }
}
