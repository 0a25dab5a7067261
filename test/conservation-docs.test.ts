import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONSERVATION_CODES } from '../src/model/conservation.ts';
import type { EngineApi } from './e2e/support/engine-api.ts';
import { EnginePlace } from './e2e/support/engine-place.ts';
import { MAIN } from './e2e/support/engine-process.ts';
import { differences } from './support/differences.ts';

/* What docs/conservation.md tells to send and to run is sent and run, and answers what it says. */
const run = promisify(execFile);
const text = readFileSync(fileURLToPath(new URL('../docs/conservation.md', import.meta.url)), 'utf8');
const NOON = '2026-06-24T12:00:00+08:00';

const snippets = [
  ...text.matchAll(/^```(http|sh)\n([\s\S]*?)^```\n\n```(?:json|text)\n([\s\S]*?)^```$/gm),
].map(([, language = '', code = '', promise = '']) => ({ language, code, promise }));

describe('the guide to conservation', () => {
  const place = new EnginePlace();
  let api: EngineApi;

  beforeAll(async () => {
    ({ api } = await place.start({ now: NOON }));
  });
  afterAll(() => place.remove());

  it('has snippets', () => {
    expect(snippets.map(({ language }) => language)).toEqual(['http', 'http', 'sh']);
  });

  it.each(snippets)('promises what comes: $code', async ({ language, code, promise }) => {
    if (language === 'http') {
      const [request = '', ...body] = code.split('\n');
      const [method, path = ''] = request.split(' ');
      const answer = method === 'GET' ? await api.get(path) : await api.post(path, body.join('\n'));
      expect(answer.status, answer.text).toBe(200);
      expect(differences(JSON.parse(promise), answer.body)).toEqual([]);
      // What is looked at next is what has come to rest.
      return await api.settled();
    }
    const argv = code.trim().split(' ').slice(2);
    const { stdout } = await run(process.execPath, [
      MAIN,
      ...argv,
      '--url',
      api.address,
      '--key',
      api.secretKey,
    ]);
    expect(stdout).toBe(promise);
  });

  it('names every code and no other', () => {
    const named = [...text.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code);
    expect(named.filter((name) => !name?.startsWith('tessera_'))).toEqual([...CONSERVATION_CODES]);
  });
});
