import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../src/limits.ts';
import type { Answer, EngineApi } from './e2e/support/engine-api.ts';
import { EnginePlace } from './e2e/support/engine-place.ts';
import { waitUntil } from './e2e/support/wait-until.ts';
import { differences } from './support/differences.ts';

/* What docs/schemas.md asks of the engine is asked, in its order, and its answers are looked for. */
const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
const text = readFileSync(`${DOCS}schemas.md`, 'utf8');
const blocks = [...text.matchAll(/^```(http|json|sql)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', block = '']) => ({ language, block }),
);

describe('the page about schemas', () => {
  const place = new EnginePlace();
  let api: EngineApi;
  beforeAll(async () => {
    ({ api } = await place.start());
  });
  afterAll(() => place.remove());

  it('is true', async () => {
    let job = '';
    let promises = 0;
    for (const [i, { language, block }] of blocks.entries()) {
      if (language === 'json') continue;
      const next = blocks[i + 1];
      const promise = next?.language === 'json' ? JSON.parse(next.block) : undefined;
      if (promise !== undefined) promises += 1;
      if (language === 'sql') {
        const rows = await api.sql(block);
        expect(rows.map((row) => ({ ...row, events: Number(row.events) }))).toEqual(promise);
        continue;
      }
      const answer = await ask(api, block.replace('JOB_ID', job));
      job = answer.body?.job?.id ?? job;
      expect([block, answer.status]).toEqual([
        block,
        promise?.status === 400 ? 400 : expect.toSatisfy(isFine),
      ]);
      if (promise !== undefined) expect([block, differences(promise, answer.body)]).toEqual([block, []]);
    }
    expect(promises).toBe(blocks.filter(({ language }) => language === 'json').length);
    expect(promises).toBeGreaterThan(8);
  }, 120_000);

  it('names the bounds that there are', () => {
    const { eventSchemaBytesMax, eventSchemaPartsMax, eventSchemaDepthMax, ...more } = limits;
    expect(text).toContain(
      `${eventSchemaBytesMax / 1024} KiB of text; ${eventSchemaPartsMax.toLocaleString('en-US')} parts`,
    );
    expect(text).toContain(`${eventSchemaDepthMax} parts in each other`);
    expect(text).toContain(
      `\`maxLength\` of at most ${more.eventSchemaPatternTextMax.toLocaleString('en-US')}`,
    );
    expect(text).toContain(`\`maxItems\` of at most ${more.eventSchemaUniqueItemsMax}`);
  });

  it('links only to what is there', () => {
    const links = [...text.matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)];
    const missing = links.map(([, link = '']) => link).filter((link) => !existsSync(`${DOCS}${link}`));
    expect(missing).toEqual([]);
  });
});

const isFine = (status: number): boolean => status < 300;

/** Of a job the end; of everything else the answer, once history has followed. */
async function ask(api: EngineApi, block: string): Promise<Answer> {
  const [request = '', ...lines] = block.split('\n');
  const [method = '', path = ''] = request.split(' ');
  const body = lines.join('\n').trim();
  if (path.startsWith('/v1/jobs/'))
    await waitUntil('the job has ended', async () => (await api.get(path)).body.finished_at !== null);
  if (method === 'GET') return await api.get(path);
  const answer =
    method === 'POST'
      ? await api.post(path, body)
      : await api.send(method as 'PUT' | 'DELETE', path, body === '' ? undefined : body);
  await api.settled();
  return answer;
}
