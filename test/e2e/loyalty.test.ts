import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type Engine, openEngine } from '../../src/engine.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { EngineApi } from './support/engine-api.ts';
import { waitUntil } from './support/wait-until.ts';

const SECRET_KEY = `sk_${'0'.repeat(32)}`;
const ANN = { member_id: 'M-1' };

describe('points over HTTP', () => {
  let directory: TemporaryDirectory;
  let engine: Engine;
  let api: EngineApi;

  beforeAll(async () => {
    directory = createTemporaryDirectory();
    const flags = { dataDir: directory.path, port: '0', logLevel: 'silent' };
    const env = { TESSERA_SECRET_KEY: SECRET_KEY };
    engine = await openEngine(loadConfig({ env, flags, readFile: (path) => readFileSync(path) }), 'test');
    api = new EngineApi({ address: await engine.listen(), write_key: '', secret_key: SECRET_KEY });
  }, 60_000);
  afterAll(async () => {
    await engine.stop();
    directory.remove();
  });

  const points = async () => (await api.get('/v1/profiles/member_id:M-1')).body.loyalty;
  const burn = (id: string, spent: number) =>
    api.post(
      '/v1/events?wait=applied',
      JSON.stringify({ id, type: 'points_redeemed', identifiers: ANN, properties: { points: spent } }),
    );

  it('puts a program in force, sells, spends once, corrects, and tells all of it', async () => {
    const shipped = await api.get('/v1/definitions/loyalty/default');
    expect(shipped.body).toMatchObject({ name: 'default', zone: 'Asia/Shanghai' });
    const program = { earn: { purchase: { points: 1, per: 10 } }, expiry: { months: 12 } };
    const bad = await api.send('PUT', '/v1/definitions/loyalty/default', JSON.stringify({ earn: 5 }));
    expect([bad.status, bad.body.code]).toEqual([400, 'invalid_definition']);
    const put = await api.send('PUT', '/v1/definitions/loyalty/default', JSON.stringify(program));
    expect([put.status, put.body.author]).toEqual([200, 'server']);

    const sale = { order_id: 'o-1', total: '1000.00', currency: 'CNY' };
    await api.apply([
      { id: 's-1', type: 'order_completed', channel: 'pos', identifiers: ANN, properties: sale },
    ]);
    expect(await points()).toMatchObject({ points: 100, debt: 0 });

    // Twenty tills at once, of which each wants 30 of the 100 points.
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => burn(`b-${n}`, 30)));
    const results = answers.map(({ body }) => body.results[0]);
    expect(results.filter(({ status }: { status: string }) => status === 'applied')).toHaveLength(3);
    expect(results.filter(({ code }: { code?: string }) => code === 'points_insufficient')).toHaveLength(17);
    expect(await points()).toMatchObject({ points: 10 });

    const order = { profile: 'member_id:M-1', points: 25, reason: 'late delivery', id: 't-1' };
    const adjust = () => api.post('/v1/loyalty/adjustments', JSON.stringify(order));
    expect((await adjust()).body).toMatchObject({ points: 35, already: false });
    expect((await adjust()).body).toMatchObject({ points: 35, already: true });
    const { body: ledger } = await api.get('/v1/profiles/member_id:M-1/points');
    const changes = ledger.entries.map(({ change }: { change: number }) => change);
    expect(changes.reduce((sum: number, change: number) => sum + change, 0)).toBe(35);
    expect(ledger.entries[0]).toMatchObject({ kind: 'earn', by: 'late delivery', author: 'server' });
    expect(ledger.lots).toMatchObject([{ order_id: 'o-1', available: 10 }, { available: 25 }]);

    const sql = 'SELECT kind, count() AS rows, sum(points) AS points FROM points GROUP BY kind ORDER BY kind';
    await waitUntil('history', async () => (await api.sql(sql)).length === 3);
    expect(await api.sql(sql)).toEqual([
      { kind: 'burn', rows: 3, points: -90 },
      { kind: 'earn', rows: 2, points: 125 },
      { kind: 'refused', rows: 17, points: -510 },
    ]);

    expect((await api.send('DELETE', '/v1/definitions/loyalty/default')).status).toBe(200);
    expect((await api.get('/v1/definitions/loyalty/default')).body).toMatchObject({ zone: 'Asia/Shanghai' });
  }, 60_000);
});
