import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type Engine, openEngine } from '../../src/engine.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { EngineApi } from './support/engine-api.ts';

const SECRET_KEY = `sk_${'0'.repeat(32)}`;
const ANN = { member_id: 'M-1' };
const REQUESTS = 12;

const order = (n: number) => ({ order_id: `o-${n}`, total: '10.00', currency: 'CNY' });

describe('an engine that is started without its state', () => {
  let directory: TemporaryDirectory;
  let running: Engine | undefined;
  beforeAll(() => {
    directory = createTemporaryDirectory();
  });
  afterAll(async () => {
    await running?.stop();
    directory.remove();
  });

  /** How often the start said that it has much to replay, and Ann's orders after it. */
  async function started(send = 0): Promise<{ readonly backlogs: number; readonly orders: unknown }> {
    let backlogs = 0;
    const flags = { dataDir: directory.path, port: '0', logLevel: 'silent' };
    const config = loadConfig({
      env: { TESSERA_SECRET_KEY: SECRET_KEY },
      flags,
      readFile: (path) => readFileSync(path),
    });
    running = await openEngine(config, 'test', { onBacklog: () => backlogs++ });
    const api = new EngineApi({ address: await running.listen(), write_key: '', secret_key: SECRET_KEY });
    for (let n = 0; n < send; n++)
      await api.apply([
        { id: `o-${n}`, type: 'order_completed', channel: 'pos', identifiers: ANN, properties: order(n) },
      ]);
    const { body } = await api.get('/v1/profiles/member_id:M-1');
    await running.stop();
    running = undefined;
    return { backlogs, orders: body.features.orders_lifetime.value };
  }

  it('says that it has much to replay, and has replayed it when it listens', async () => {
    expect(await started(REQUESTS)).toEqual({ backlogs: 0, orders: REQUESTS });
    expect(await started()).toEqual({ backlogs: 0, orders: REQUESTS });
    rmSync(join(directory.path, 'state'), { recursive: true });
    expect(await started()).toEqual({ backlogs: 1, orders: REQUESTS });
  }, 60_000);
});
