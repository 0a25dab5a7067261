import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../src/model/json.ts';
import type { Answer, EngineApi } from './e2e/support/engine-api.ts';
import { EnginePlace } from './e2e/support/engine-place.ts';
import { waitUntil } from './e2e/support/wait-until.ts';
import { differences } from './support/differences.ts';

/*
 * What docs/quarantine.md asks of the engine is asked, in its order, and its answers are looked for. Ids are drawn anew each time: those
 * that the page writes in capitals are taken from the answers before.
 */
const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
const NOON = '2026-06-24T12:00:00+08:00';
const text = readFileSync(`${DOCS}quarantine.md`, 'utf8');
const blocks = [...text.matchAll(/^```(http|json|sql)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', block = '']) => ({ language, block }),
);

describe('the page about quarantine', () => {
  const place = new EnginePlace();
  let api: EngineApi;
  beforeAll(async () => {
    ({ api } = await place.start({ now: NOON }));
  });
  afterAll(() => place.remove());

  it('is true', async () => {
    const ids = { QUARANTINE_ID: '', JOB_ID: '' };
    let promises = 0;
    for (const [i, { language, block }] of blocks.entries()) {
      if (language === 'json') continue;
      const next = blocks[i + 1];
      const promise: unknown = next?.language === 'json' ? JSON.parse(next.block) : undefined;
      if (language === 'sql') {
        const rows = (await api.sql(block)).map(({ code, ...numbers }) => ({
          code,
          ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])),
        }));
        expect(rows).toEqual(promise);
        promises += 1;
        continue;
      }
      const [request = '', ...body] = block.split('\n');
      const [method = '', path = ''] = request.split(' ');
      const target = path.replace('QUARANTINE_ID', ids.QUARANTINE_ID).replace('JOB_ID', ids.JOB_ID);
      const answer = await ask(api, { method, path: target, body: body.join('\n').trim() });
      expect([target, answer.status < 300, answer.body?.detail]).toEqual([target, true, undefined]);
      ids.QUARANTINE_ID = answer.body?.rejected?.[0]?.quarantine_id ?? ids.QUARANTINE_ID;
      ids.JOB_ID = answer.body?.job?.id ?? ids.JOB_ID;
      if (promise === undefined) continue;
      expect([target, differences(promise, answer.body)]).toEqual([target, []]);
      promises += 1;
    }
    expect(promises).toBeGreaterThan(7);
  }, 120_000);

  it('links only to what is there', () => {
    const links = [...text.matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)];
    const missing = links.map(([, link = '']) => link).filter((link) => !existsSync(`${DOCS}${link}`));
    expect(missing).toEqual([]);
  });
});

interface Step {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** Of a job the end; of everything else the answer, once history and what was put in force have followed. */
async function ask(api: EngineApi, { method, path, body }: Step): Promise<Answer> {
  if (path.startsWith('/v1/jobs/')) {
    await waitUntil(
      'the job has ended',
      async () => ((await api.get(path)).body as JsonObject).finished_at !== null,
    );
    await api.settled();
  }
  if (method === 'GET') return await api.get(path);
  const answer =
    method === 'POST'
      ? await api.post(path, body)
      : await api.send(method as 'PUT' | 'DELETE', path, body === '' ? undefined : body);
  await api.settled();
  return answer;
}
