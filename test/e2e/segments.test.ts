import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type Engine, openEngine } from '../../src/engine.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { EngineApi } from './support/engine-api.ts';
import { waitUntil } from './support/wait-until.ts';

const SECRET_KEY = `sk_${'0'.repeat(32)}`;
const PEOPLE = 25;

describe('segments over HTTP', () => {
  let directory: TemporaryDirectory;
  let engine: Engine;
  let api: EngineApi;

  const start = async (): Promise<void> => {
    const flags = { dataDir: directory.path, port: '0', logLevel: 'silent' };
    const env = { TESSERA_SECRET_KEY: SECRET_KEY };
    engine = await openEngine(loadConfig({ env, flags, readFile: (path) => readFileSync(path) }), 'test');
    api = new EngineApi({ address: await engine.listen(), write_key: '', secret_key: SECRET_KEY });
  };

  beforeAll(async () => {
    directory = createTemporaryDirectory();
    await start();
    await api.apply(
      Array.from({ length: PEOPLE }, (_, n) => ({
        id: `e-${n}`,
        type: 'product_viewed',
        identifiers: { user_id: `u-${n}` },
        properties: { item_id: 'i-1' },
        consent: { marketing: { sms: n % 5 === 0 } },
      })),
    );
  }, 60_000);
  afterAll(async () => {
    await engine.stop();
    directory.remove();
  });

  const put = (name: string, definition: object) =>
    api.send('PUT', `/v1/definitions/segments/${name}`, JSON.stringify(definition));
  const counts = async (): Promise<Record<string, number>> => {
    const { segments } = (await api.get('/v1/segments')).body;
    return Object.fromEntries(
      segments.map(({ name, members }: { name: string; members: number }) => [name, members]),
    );
  };

  it('take in the silent, count them, list them with consent, and outlive a restart', async () => {
    expect(await counts()).toMatchObject({ prospect: PEOPLE, active_30d: PEOPLE, reachable_by_message: 5 });
    const looking = { when: { all: [{ segment: 'prospect' }, { feature: 'views_lifetime', gte: 1 }] } };
    const { body: job } = await api.post('/v1/segments/previews', { definition: looking });
    await waitUntil(
      'the preview',
      async () => (await api.get(`/v1/jobs/${job.job.id}`)).body.status === 'done',
    );
    const { result } = (await api.get(`/v1/jobs/${job.job.id}`)).body;
    expect(result).toMatchObject({ profiles: PEOPLE, members: PEOPLE, complete: true });

    expect((await put('lookers', looking)).body).toMatchObject({ name: 'lookers', author: 'server' });
    // Nobody sends anything.
    await waitUntil('everybody was looked at', async () => (await counts()).lookers === PEOPLE);
    const members = async (query = '') =>
      (await api.get(`/v1/segments/lookers/profiles?limit=100${query}`)).body.members;
    await waitUntil('history', async () => (await members())?.length === PEOPLE);
    expect(await members('&consent=marketing.sms')).toHaveLength(5);
    const { body: overlap } = await api.get('/v1/segments/overlap?a=lookers&b=reachable_by_message');
    expect(overlap).toEqual({ a: PEOPLE, b: 5, both: 5 });
    const csv = await api.get('/v1/segments/lookers/profiles?format=csv&limit=3');
    expect(csv.text.split('\r\n')).toHaveLength(5);

    const circle = await put('prospect', { when: { segment: 'lookers' } });
    expect([circle.status, circle.body.code]).toEqual([400, 'invalid_definition']);
    expect(circle.body.detail).toContain('prospect → lookers → prospect');
    await put('fans', {
      when: { all: [{ segment: 'lookers' }, { consent: 'marketing.sms', equals: true }] },
    });
    const used = await api.send('DELETE', '/v1/definitions/segments/lookers');
    expect([used.status, used.body.code]).toEqual([409, 'definition_in_use']);
    await waitUntil('everybody was looked at again', async () => (await counts()).fans === 5);

    const before = await counts();
    await engine.stop();
    await start();
    expect(await counts()).toEqual(before);
  });

  it('go by tags, which expire by themselves', async () => {
    await put('guests', { when: { tag: 'vip' } });
    const expires = Date.now() + 1_500;
    const tag = (body: object) =>
      api.send('PUT', '/v1/profiles/user_id:u-3/tags/vip', JSON.stringify({ reason: 'test', ...body }));
    expect((await tag({ expires })).body).toMatchObject({ tag: 'vip', on: true });
    expect(await api.profile('user_id:u-3')).toMatchObject({ tags: ['vip'], lifecycle: 'prospect' });
    expect((await api.profile('user_id:u-3')).segments).toContain('guests');
    await waitUntil('the tag is gone', async () => {
      const { segments, tags } = await api.profile('user_id:u-3');
      return tags.length === 0 && !segments.includes('guests');
    });
    const sql = "SELECT change, cause FROM segment_changes WHERE segment = 'guests' ORDER BY seq, idx, ord";
    await waitUntil('history', async () => (await api.sql(sql)).length === 2);
    expect(await api.sql(sql)).toEqual([
      // Whichever came first, the tag or the look at everybody under the new definition.
      { change: 'entered', cause: expect.stringMatching(/^(event|definitions)$/) },
      { change: 'left', cause: 'time' },
    ]);
  });
});
