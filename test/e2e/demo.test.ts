import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineApi } from './support/engine-api.ts';
import { MAIN } from './support/engine-process.ts';
import { waitUntil } from './support/wait-until.ts';

/* `tessera demo` as a visitor has it: what they are promised happens, and nothing of it stays. */
describe('the demo', () => {
  let demo: ChildProcess;
  let api: EngineApi;
  let directory = '';
  let errors = '';

  /** Waits for rows of history that came of what happens now: the past has ids of another kind. */
  const some = async (what: string, rows: string): Promise<void> =>
    await waitUntil(what, async () => (await api.numbers(`SELECT count() AS n FROM ${rows}`)).n !== 0);

  beforeAll(async () => {
    const flags = ['--json', '--port', '0', '--people', '60', '--rate', '60', '--log-level', 'error'];
    demo = spawn(process.execPath, [MAIN, 'demo', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    demo.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const [line] = (await once(demo.stdout ?? demo, 'data')) as [Buffer];
    const banner = JSON.parse(line.toString()) as {
      address: string;
      write_key: string;
      secret_key: string;
      data_directory: string;
    };
    directory = banner.data_directory;
    api = new EngineApi(banner);
  }, 60_000);
  afterAll(() => demo.kill('SIGKILL'));

  it('has browsers become part of people, and taken out of them again when an operator says so', async () => {
    await some('a merge', "merges WHERE event_id LIKE 'e-%'");
    await some('an unmerge', "identity_changes WHERE change = 'split'");
  });

  it('fires triggers of several kinds', async () => {
    for (const trigger of ['plus_size_hesitation', 'store_brief', 'complaint_alert', 'back_in_stock'])
      await some(trigger, `decisions WHERE trigger = '${trigger}' AND decision = 'fired'`);
  });

  it('serves customers in a store, with offers of what is there', async () => {
    await some('somebody in a store', "events WHERE type = 'store_entered' AND event_id LIKE 'e-%'");
    await some('an offer that was shown', "events WHERE type = 'recommendation_shown'");
    await some(
      'a list with something on it',
      "recommendations WHERE placement = 'store' AND notEmpty(item_ids)",
    );
  });

  it('keeps mistakes in quarantine, each with its reason', async () => {
    await waitUntil('a mistake', async () => {
      const { body } = await api.get('/v1/quarantine/counts');
      return body.events > 0;
    });
  });

  it('ends in order when it is told to, and leaves nothing behind', async () => {
    expect(existsSync(directory)).toBe(true);
    const ended = once(demo, 'exit');
    demo.kill('SIGINT');
    const [code] = await ended;
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(existsSync(directory)).toBe(false);
  });
});
