import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, EngineApi } from './e2e/support/engine-api.ts';
import { EnginePlace } from './e2e/support/engine-place.ts';
import { differences } from './support/differences.ts';

/*
 * The cookbook is run as it is written: its requests, one after another, against an engine whose clock stands where the
 * text says, and what it promises is looked for in the answers.
 */
const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
const NOON = '2026-06-24T12:00:00+08:00';

interface Step {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** What the document says that is answered; undefined where it does not say. */
  readonly promise: unknown;
}

interface Recipe {
  readonly title: string;
  readonly steps: readonly Step[];
}

function recipesOf(text: string): readonly Recipe[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const blocks = [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
      const steps = blocks.flatMap(([, language, block = ''], i): readonly Step[] => {
        if (language !== 'http') return [];
        const next = blocks[i + 1];
        const promise: unknown = next?.[1] === 'json' ? JSON.parse(next[2] ?? '') : undefined;
        const [request = '', ...rest] = block.split('\n');
        const [method = '', path = ''] = request.split(' ');
        return [{ method, path, body: rest.join('\n').trim(), promise }];
      });
      return { title: section.split('\n', 1)[0] ?? '', steps };
    });
}

const cookbook = recipesOf(readFileSync(`${DOCS}cookbook.md`, 'utf8'));

describe('the cookbook', () => {
  const place = new EnginePlace();
  let api: EngineApi;

  beforeAll(async () => {
    ({ api } = await place.start({ now: NOON }));
  });
  afterAll(() => place.remove());

  const send = async ({ method, path, body }: Step): Promise<Answer> => {
    if (method === 'GET') {
      // Lists of members are read from history.
      if (path.startsWith('/v1/segments/')) await api.settled();
      return await api.get(path);
    }
    return await (method === 'PUT' ? api.send('PUT', path, body) : api.post(path, body));
  };

  it('has at least ten recipes, each with a definition, events and an answer', () => {
    expect(cookbook.length).toBeGreaterThanOrEqual(10);
    for (const { title, steps } of cookbook) {
      const methods = new Set(steps.map(({ method }) => method));
      expect([title, [...methods].sort()]).toEqual([title, ['GET', 'POST', 'PUT']]);
      const unanswered = steps.filter(({ method, promise }) => method === 'GET' && promise === undefined);
      expect([title, unanswered]).toEqual([title, []]);
    }
  });

  it.each(cookbook.map(({ title, steps }) => [title, steps] as const))('%s', async (_title, steps) => {
    for (const step of steps) {
      const { status, body } = await send(step);
      expect([step.path, status, body.detail]).toEqual([step.path, 200, undefined]);
      if (step.promise !== undefined) expect(differences(step.promise, body)).toEqual([]);
      if (step.method === 'PUT') expect(body.warnings).toBeUndefined();
      if (step.method === 'POST') expect(body.rejected).toEqual([]);
    }
  });
});

describe('the documents', () => {
  it.each(['features.md', 'cookbook.md', 'history.md'])('%s links only to what is there', (name) => {
    const links = [...readFileSync(`${DOCS}${name}`, 'utf8').matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)];
    const missing = links.map(([, link = '']) => link).filter((link) => !existsSync(`${DOCS}${link}`));
    expect(missing).toEqual([]);
  });
});
