import { TesseraError } from '../../src/errors.ts';
import type { PrivateServer } from '../../test/support/servers.ts';
import { readCpu, type Server, startRival, stopServer } from '../support/child.ts';
import { get } from '../support/engine-api.ts';
import type { Expected } from '../support/traffic.ts';
import type { Arm, Use } from './arm.ts';

export interface Servers {
  readonly redis: PrivateServer;
  readonly nats: PrivateServer;
}

export async function startEchoArm(): Promise<Arm> {
  return armOf('echo', await startRival('echo-server'));
}

export async function startAjvArm(): Promise<Arm> {
  return armOf('ajv', await startRival('ajv-server'));
}

/** What the engine is held against: the same promises, made one event at a time. */
export async function startNaiveArm({ redis, nats }: Servers): Promise<Arm> {
  const env = { BENCH_REDIS_URL: redis.url, BENCH_NATS_URL: nats.url };
  const server = await startRival('naive-server', env);
  return {
    ...armOf('naive', server),
    use: () => ({ ...useOf(server), beside: besideOf({ redis, nats }) }),
    async check({ expected }) {
      for (const [person, wanted] of [...expected].filter((_, n) => n % SAMPLED_EVERY === 0))
        checkNaive(person, wanted, await get<Record<string, unknown>>(server, `/profile/${person}`));
    },
  };
}

const SAMPLED_EVERY = 20;

function checkNaive(person: string, wanted: Expected, found: Record<string, unknown>): void {
  const { views_lifetime, carts_lifetime, orders_lifetime, gross_lifetime } = found;
  const is = JSON.stringify([views_lifetime, carts_lifetime, orders_lifetime, gross_lifetime]);
  const { views, carts, orders, grossMinor } = wanted;
  const should = JSON.stringify([views, carts, orders, (grossMinor / 100).toFixed(2)]);
  if (is !== should)
    throw new TesseraError('internal', `the naive server says ${is} of ${person} instead of ${should}`);
}

/** It answers when everything is done, and keeps nothing. */
function armOf(name: string, server: Server): Arm {
  return {
    name,
    port: server.port,
    use: () => ({ ...useOf(server), beside: {} }),
    caughtUp: async () => undefined,
    check: async () => undefined,
    stop: () => stopServer(server),
  };
}

export function useOf({ pid }: Server): Pick<Use, 'node' | 'main'> {
  const { processUs, mainUs } = readCpu(pid);
  return { node: processUs, main: mainUs };
}

export function besideOf({ redis, nats }: Servers): Readonly<Record<string, number>> {
  return { Redis: readCpu(redis.pid).processUs, NATS: readCpu(nats.pid).processUs };
}
