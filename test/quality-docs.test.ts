import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineApi } from './e2e/support/engine-api.ts';
import { EnginePlace } from './e2e/support/engine-place.ts';
import { waitUntil } from './e2e/support/wait-until.ts';
import { differences } from './support/differences.ts';

/* docs/quality.md is run as it is written, in its order, against an engine whose clock stands on its day. */
const text = readFileSync(new URL('../docs/quality.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
  language,
  code,
}));

interface Flag {
  readonly id: string;
  readonly status: string;
}

describe('the guide to the quality of data', () => {
  const place = new EnginePlace();
  let api: EngineApi;

  beforeAll(async () => {
    ({ api } = await place.start({ now: '2026-06-24T12:00:00+08:00' }));
  });
  afterAll(() => place.remove());

  it('promises what comes', async () => {
    let asked = 0;
    for (const [i, { language, code }] of blocks.entries()) {
      if (language !== 'http') continue;
      const [request = '', ...rest] = code.split('\n');
      const [method = '', path = ''] = request.split(' ');
      const promise = blocks[i + 1]?.language === 'json' ? JSON.parse(blocks[i + 1]?.code ?? '') : undefined;
      if (method === 'PUT') expect((await api.send('PUT', path, rest.join('\n'))).status).toBe(200);
      if (method === 'POST') expect((await api.post(path, rest.join('\n'))).body.rejected).toEqual([]);
      if (method !== 'GET') continue;
      asked += 1;
      await waitUntil(`history has what ${path} tells`, async () => {
        const { status, body } = await api.get(path);
        expect([status, body.detail]).toEqual([200, undefined]);
        return differences(promise, body).length === 0;
      });
    }
    expect(asked).toBe(2);
  });

  it('settles a flag, and counts it no more', async () => {
    const path = '/v1/analytics/quality/flags';
    const list = async (query: string): Promise<readonly Flag[]> =>
      (await api.get(`${path}?day=2026-06-24&${query}`)).body.flags as readonly Flag[];
    const [flag] = await list('check=quantity');
    const settled = await api.post(
      `${path}/${flag?.id}/decisions`,
      JSON.stringify({ decision: 'dismissed' }),
    );
    expect([settled.status, settled.body]).toEqual([200, { id: flag?.id, status: 'dismissed' }]);
    await waitUntil('history has the decision', async () => (await list('status=open')).length === 2);
    expect((await list('status=dismissed'))[0]).toMatchObject({
      id: flag?.id,
      decided_by: expect.any(String),
    });
    const { body } = await api.get('/v1/analytics/quality?day=2026-06-24');
    expect(JSON.stringify(body)).not.toContain('impossible_quantity');
    expect(JSON.stringify(body)).not.toContain('2006');
  });
});
