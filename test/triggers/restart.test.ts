import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Environment } from '../../src/adapters/embedded/environment.ts';
import { openKeyStore } from '../../src/adapters/embedded/key-store.ts';
import { openStateStore } from '../../src/adapters/embedded/state-store.ts';
import { createMemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { Alarms } from '../../src/background/alarms.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { MINUTE_MS } from '../../src/model/time.ts';
import type { Firing, TriggerDefinition } from '../../src/model/trigger.ts';
import { encodeRecord } from '../../src/runner/codec.ts';
import { createTemporaryDirectory } from '../adapters/temporary-directory.ts';
import { createFusedEngine, type FusedEngine, retailPack, START_MS } from '../support/fused-engine.ts';
import { triggerOn } from './pipeline-world.ts';

const CODES = { full: 'state_unavailable', failed: 'state_unavailable' } as const;

const cart = { event: 'product_added', key: 'properties.cart_id' };
const triggers: readonly TriggerDefinition[] = [
  triggerOn({ sequence: [cart, { not: { event: 'order_completed' }, within: '30m' }] }, { name: 'cart' }),
  triggerOn({ count: 3, of: { event: 'product_viewed' }, within: '1h' }, { name: 'views' }),
  triggerOn({ sequence: [{ event: 'products_searched' }, { event: 'product_viewed' }] }, { name: 'chain' }),
  triggerOn({ calendar: { birthday: true, days_before: 1 } }, { name: 'birthday' }),
  triggerOn({ feature: 'views_1h', lt: 1 }, { name: 'quiet' }),
];

/** What happens, minute by minute; nothing: time passes. */
const story: readonly (readonly [minute: number, type?: string, more?: JsonObject])[] = [
  [0, 'products_searched', { properties: { query: 'dress' } }],
  [1, 'product_viewed', { properties: { item_id: 'i1' } }],
  [2, 'product_added', { properties: { item_id: 'i1', cart_id: 'k1' } }],
  [3, 'product_added', { properties: { item_id: 'i2', cart_id: 'k2' } }],
  [4, 'product_viewed', { properties: { item_id: 'i2' } }],
  [5, 'profile_identified', { traits: { birthday: '1990-11-23' } }],
  [6, 'product_viewed', { properties: { item_id: 'i3' } }],
  [20, 'order_completed', { properties: { order_id: 'o1', cart_id: 'k1', total: 10 } }],
  [40],
  [90],
  [24 * 60],
];

const directories: { remove(): void }[] = [];
afterAll(() => {
  for (const directory of directories) directory.remove();
});

async function tell(restarting: boolean): Promise<readonly string[]> {
  const directory = createTemporaryDirectory();
  directories.push(directory);
  const clock = createManualClock(START_MS);
  const log = createMemoryLog({ clock });
  await log.append([encodeRecord({ kind: 'definitions', author: 'test', ...retailPack, triggers })]);
  const told: string[] = [];
  let running: { engine: FusedEngine; store: ReturnType<typeof openStateStore> } | undefined;
  const start = async () => {
    if (running !== undefined && !restarting) return running;
    running?.store.close();
    const environment = new Environment(join(directory.path, 'state'), CODES);
    const store = openStateStore(environment);
    const keyStore = openKeyStore(environment);
    const engine = await createFusedEngine({ log, clock, parse: true, stateStore: store, keyStore });
    await engine.drain();
    running = { engine, store };
    return running;
  };
  for (const [minute, type, more] of story) {
    const { engine, store } = await start();
    clock.advance(START_MS + minute * MINUTE_MS - clock.now());
    const before = engine.committed.length;
    if (type !== undefined) {
      const time = new Date(clock.now()).toISOString();
      // Admission seals in place.
      const own = structuredClone(more);
      await engine.send([{ id: `e-${minute}`, type, time, identifiers: { user_id: 'u-1' }, ...own }]);
    } else await ring(engine, store);
    for (const { effects } of engine.committed.slice(before))
      for (const effect of effects) if (effect.kind === 'firing') told.push(shortly(effect.firing));
  }
  running?.store.close();
  return told;
}

async function ring(engine: FusedEngine, store: ReturnType<typeof openStateStore>): Promise<void> {
  const { log, clock } = engine;
  const appliedSeq = () => log.stats().lastSeq;
  const onError = (error: unknown) => {
    throw error;
  };
  const alarms = new Alarms({ partition: 'p0', store, log, clock, appliedSeq, onError });
  while ((await alarms.look()) > 0) await engine.drain();
}

function shortly({ trigger, id, decision, at, trace }: Firing): string {
  return `${trigger} ${trace.key ?? ''} ${decision} ${(at - START_MS) / MINUTE_MS} ${id}`;
}

describe('triggers of the embedded form', () => {
  it('decide the same when the engine is started anew between any two events, timers included', async () => {
    const through = await tell(false);
    expect(through.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'chain  fired',
      'views  fired',
      'cart k2 fired',
      'quiet entered fired',
      'birthday 2026-11-22 fired',
    ]);
    expect(await tell(true)).toEqual(through);
  });
});
