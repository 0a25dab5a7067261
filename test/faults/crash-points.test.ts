import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CRASH_POINTS } from '../../src/model/crash-point.ts';
import { EngineProcess, type RunningEngine } from '../e2e/support/engine-process.ts';
import { createRandom } from '../e2e/support/seeded-random.ts';
import { describeWith } from '../support/find-server.ts';
import { CrowdTraffic } from './crowd-traffic.ts';
import { Deployment } from './deployment.ts';

const SEED = Number(process.env.FAULT_SEED ?? 5);
const EVENTS = 40;
/** On servers each takes several seconds: the gate takes one of each step, `CRASH_POINTS=all` takes the other side too. */
const ON_SERVERS = CRASH_POINTS.filter(
  (point) => process.env.CRASH_POINTS === 'all' || point.endsWith('.after'),
);
/** Far enough that there is something behind it, near enough that the traffic reaches every point. */
const REACHED_MAX = 4;

/** One engine that dies and comes back, and the traffic that it must not lose. */
class Mortal {
  readonly traffic: CrowdTraffic;
  readonly #random = createRandom(SEED);
  readonly #launch: (crashAt?: string) => EngineProcess;
  #engine: RunningEngine | undefined;

  constructor(launch: (crashAt?: string) => EngineProcess) {
    this.#launch = launch;
    const running = (): readonly RunningEngine[] =>
      this.#engine?.process.running === true ? [this.#engine] : [];
    this.traffic = new CrowdTraffic(running, this.#random);
  }

  /** Sends until the engine has died at its point, starts it again, and holds everything against what was acknowledged. */
  async dieAt(point: string): Promise<void> {
    await this.stop();
    const plan = `${point}:${this.#random.between(1, REACHED_MAX)}`;
    const doomed = this.#launch(plan);
    const sending = this.#sendUntilDeadOf(doomed);
    // Some die before they answer: then nothing was sent to them, and they left what they had begun.
    this.#engine = await doomed.ready().catch(() => undefined);
    await doomed.ended();
    this.#engine = await this.#launch().ready();
    await sending;
    await this.traffic.audit(this.#engine, this.#engine, `seed ${SEED}, died at ${plan}`);
  }

  /** What it has been sent last is sent again to whoever comes after it. */
  async #sendUntilDeadOf(doomed: EngineProcess): Promise<void> {
    do {
      await this.traffic.send(EVENTS);
    } while (doomed.running);
  }

  async stop(): Promise<void> {
    await this.#engine?.process.kill();
  }
}

describe(`an engine on a data directory that dies at a named point (seed ${SEED})`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-crash-points-'));
  const mortal = new Mortal(
    (crashAt) => new EngineProcess({ directory, logLevel: 'warn', ...(crashAt && { crashAt }) }),
  );
  afterAll(async () => {
    await mortal.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each(CRASH_POINTS)(
    'at %s loses nothing and counts nothing twice',
    async (point) => {
      const before = mortal.traffic.acknowledged.size;
      await mortal.dieAt(point);
      expect(mortal.traffic.acknowledged.size).toBeGreaterThan(before);
    },
    120_000,
  );
});

describeWith(
  ['redis-server', 'nats-server'],
  `a node on servers that dies at a named point (seed ${SEED})`,
  () => {
    const deployment = new Deployment('crashpoints');
    const mortal = new Mortal((crashAt) =>
      deployment.launchNode('a', { settings: crashAt === undefined ? {} : { TESSERA_CRASH_AT: crashAt } }),
    );
    beforeAll(() => deployment.start([]), 60_000);
    afterAll(() => deployment.remove());

    it.each(ON_SERVERS)(
      'at %s loses nothing and counts nothing twice',
      async (point) => {
        const before = mortal.traffic.acknowledged.size;
        await mortal.dieAt(point);
        expect(mortal.traffic.acknowledged.size).toBeGreaterThan(before);
      },
      120_000,
    );
  },
);
