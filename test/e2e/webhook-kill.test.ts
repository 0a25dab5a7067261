import { afterEach, describe, expect, it } from 'vitest';
import { HookServer, SECRET } from '../support/delivery-rig.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { waitUntil } from './support/wait-until.ts';

const settings = { TESSERA_WEBHOOKS_ALLOW: '127.0.0.1/32', TESSERA_WEBHOOKS_HTTP: '1' };
const ROUNDS = 3;
const PER_ROUND = 8;

describe('an engine that is killed between sending and recording', () => {
  const place = new EnginePlace();
  const hooks = new HookServer();

  afterEach(async () => {
    await place.remove();
    await hooks.stop();
  });

  it('tells everything after its next start, nothing more than twice, and under the same id', async () => {
    const url = await hooks.start();
    let { api, process: engine } = await place.start({ settings });
    const put = (path: string, body: unknown) =>
      api.send('PUT', `/v1/definitions/${path}`, JSON.stringify(body));
    expect((await put('webhooks/crm', { url, secret: SECRET })).status).toBe(200);
    const trigger = { purpose: 'service', on: { event: 'told_of' }, action: { channel: 'none' } };
    expect((await put('triggers/told', trigger)).status).toBe(200);

    const told: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // The endpoint has the message and does not answer; the engine dies once its own client has its answer.
      const reached = new Promise<void>((resolve) => {
        hooks.answer = () => {
          resolve();
          return undefined;
        };
      });
      told.push(...(await tellOf(round, api)));
      await reached;
      await engine.kill();
      hooks.answer = () => ({ status: 204 });
      ({ api, process: engine } = await place.start({ settings }));
      await waitUntil('nothing waits', async () => {
        const { body } = await api.get('/v1/webhooks/crm');
        return body.waiting === 0 && body.delivered === told.length;
      });
    }
    const times = new Map<string, number>();
    for (const id of hooks.ids) times.set(id, (times.get(id) ?? 0) + 1);
    expect([...times.keys()].sort()).toEqual([...told].sort());
    expect(Math.max(...times.values())).toBeLessThanOrEqual(2);
    expect(hooks.received.length).toBeGreaterThan(told.length);
  });
});

async function tellOf(round: number, api: EngineApi): Promise<readonly string[]> {
  const events = Array.from({ length: PER_ROUND }, (_, n) => ({
    id: `t-${round}-${n}`,
    type: 'told_of',
    identifiers: { user_id: `U-${n}` },
  }));
  const { body } = await api.apply(events);
  const results: readonly { readonly triggers: readonly { readonly id: string }[] }[] = body.results;
  return results.flatMap(({ triggers }) => triggers.map(({ id }) => id));
}
