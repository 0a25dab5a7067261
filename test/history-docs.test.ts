import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { type Engine, openEngine } from '../src/engine.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from './adapters/temporary-directory.ts';
import { EngineApi } from './e2e/support/engine-api.ts';
import { waitUntil } from './e2e/support/wait-until.ts';

/* What docs/history.md tells to run is run, and answers what it says. Only the port is another one. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SECRET_KEY = `sk_${'0'.repeat(32)}`;
const run = promisify(execFile);

const text = readFileSync(join(ROOT, 'docs', 'history.md'), 'utf8');
const snippets = [
  ...text.matchAll(/^```(sh|js)\n((?:(?!^```)[\s\S])*)^```\n\n```text\n((?:(?!^```)[\s\S])*)^```$/gm),
].map(([, language = '', code = '', promise = '']) => ({ language, code, promise }));

describe('the guide to history for ClickHouse clients', () => {
  let directory: TemporaryDirectory;
  let engine: Engine;

  beforeAll(async () => {
    directory = createTemporaryDirectory();
    const flags = { dataDir: directory.path, port: '0', historyPort: '0', logLevel: 'silent' };
    const env = { TESSERA_SECRET_KEY: SECRET_KEY };
    engine = await openEngine(loadConfig({ env, flags, readFile: (path) => readFileSync(path) }), 'test');
    const address = await engine.listen();
    const api = new EngineApi({ address, write_key: '', secret_key: SECRET_KEY });
    const event = (id: string, type: string) => ({
      id,
      type,
      identifiers: { user_id: 'u-1' },
      properties: { item_id: 'i-1' },
    });
    await api.apply([
      event('e-1', 'product_viewed'),
      event('e-2', 'product_viewed'),
      event('e-3', 'product_added'),
    ]);
    await waitUntil('the events are in history', async () => {
      const { count } = await api.numbers('SELECT toUInt32(count()) AS count FROM events');
      return count === 3;
    });
  });
  afterAll(async () => {
    await engine.stop();
    directory.remove();
  });

  it('has snippets', () => {
    expect(snippets.map(({ language }) => language)).toEqual(['sh', 'sh', 'js']);
  });

  it.each(snippets)('promises what comes: $code', async ({ language, code, promise }) => {
    const { port } = new URL(engine.historyUrl ?? '');
    const here = code.replaceAll(':8123', `:${port}`);
    const [program, args] =
      language === 'sh' ? ['bash', ['-c', here]] : [process.execPath, ['--input-type=module', '-e', here]];
    const env = { PATH: process.env.PATH, TESSERA_SECRET_KEY: SECRET_KEY };
    const { stdout } = await run(program, args, { cwd: ROOT, env });
    expect(stdout).toBe(promise);
  });
});
