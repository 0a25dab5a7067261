import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type Engine, openEngine } from '../../src/engine.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { EngineApi } from '../e2e/support/engine-api.ts';
import { rowsOfEvents } from '../e2e/support/one-row-each.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';

const CHILD = fileURLToPath(new URL('./history-front-child.ts', import.meta.url));
const KEY = 'key-of-clickhouse';
const PEOPLE = 7;
const BATCH = 40;

/** ClickHouse's interface in a process of its own, always at the same address. */
class ClickHouseProcess {
  readonly #directory: string;
  #child: ChildProcess | undefined;
  #port = '0';

  constructor(directory: string) {
    this.#directory = directory;
  }

  async start(): Promise<string> {
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, this.#directory, this.#port, KEY], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = new URL(line.toString().trim());
    this.#port = url.port;
    url.username = 'default';
    url.password = KEY;
    return url.href;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }
}

/** `HISTORY_AWAY_S=60` is the whole length that a deployment must stand. */
const AWAY_S = Number(process.env.HISTORY_AWAY_S ?? 4);

function describeTimes(sorted: readonly number[]): string {
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  return `${at(0.5)} ms (median), ${at(0.99)} ms (p99)`;
}

describe('an engine whose ClickHouse goes away', () => {
  let directory: TemporaryDirectory;
  let clickhouse: ClickHouseProcess;
  let url: string;
  let engine: Engine;
  let api: EngineApi;
  let sent = 0;

  const open = async (): Promise<void> => {
    engine = await openEngine(
      loadConfig({
        env: {},
        flags: {
          dataDir: join(directory.path, 'engine'),
          port: '0',
          clickhouseUrl: url,
          logLevel: 'silent',
        },
        readFile: (path) => readFileSync(path),
      }),
      'test',
    );
    const { writeKey, secretKey } = engine.secrets;
    api = new EngineApi({ address: await engine.listen(), write_key: writeKey, secret_key: secretKey });
  };
  /** Each request waits until its events are applied, so an answer means that the live path is up. */
  const ingest = async (): Promise<void> => {
    for (let i = 0; i < BATCH; i += 4) {
      const events = Array.from({ length: 4 }, () => {
        sent += 1;
        const identifiers = { user_id: `u-${sent % PEOPLE}` };
        return { id: `e-${sent}`, type: 'product_viewed', identifiers, properties: { item_id: 'i-1' } };
      });
      await api.apply(events);
    }
  };
  const readiness = async () => {
    const { status, body } = await api.get('/readyz', { key: 'none' });
    return { status, said: body.status as string, waiting: body.lag.history as number };
  };
  const isDegraded = async (): Promise<boolean> => {
    const { status, said, waiting } = await readiness();
    expect(status).toBe(200);
    return said === 'degraded' && waiting > 0;
  };
  const hasCaughtUp = async (): Promise<boolean> => {
    const { said, waiting } = await readiness();
    return said === 'ready' && waiting === 0;
  };
  const expectOneRowEach = async (): Promise<void> => {
    expect(await rowsOfEvents(api)).toEqual({ rows: sent, positions: sent, events: sent });
  };
  const expectLiveState = async (): Promise<void> => {
    for (let person = 0; person < PEOPLE; person += 1) {
      const answer = await api.get(`/v1/profiles/user_id:u-${person}`);
      expect(answer.status).toBe(200);
    }
  };
  const lagOf = async (unit: string): Promise<number> => {
    const { text } = await api.get('/metrics');
    return Number(new RegExp(`^tessera_history_lag_${unit}\\{partition="p0"\\} (\\S+)`, 'm').exec(text)?.[1]);
  };

  beforeAll(async () => {
    directory = createTemporaryDirectory();
    clickhouse = new ClickHouseProcess(join(directory.path, 'clickhouse'));
    url = await clickhouse.start();
    await open();
    await ingest();
    await waitUntil('history has caught up', hasCaughtUp);
  }, 120_000);
  afterAll(async () => {
    await engine.stop();
    await clickhouse.kill();
    directory.remove();
  }, 120_000);

  it('goes on while it hangs, says so, and catches up with one row each', async () => {
    clickhouse.signal('SIGSTOP');
    await ingest();
    await expectLiveState();
    await waitUntil('readyz says degraded', isDegraded);
    expect(await lagOf('rows')).toBeGreaterThanOrEqual(1);
    expect(await lagOf('bytes')).toBeGreaterThan(0);
    expect(await lagOf('seconds')).toBeGreaterThan(0);
    await ingest();
    clickhouse.signal('SIGCONT');
    await waitUntil('history has caught up', hasCaughtUp);
    await expectOneRowEach();
    expect([await lagOf('rows'), await lagOf('bytes'), await lagOf('seconds')]).toEqual([0, 0, 0]);
  }, 180_000);

  it('goes on while it is dead, also when it died in the middle of inserts', async () => {
    const ingesting = ingest();
    await clickhouse.kill();
    await ingesting;
    await ingest();
    await expectLiveState();
    await waitUntil('readyz says degraded', isDegraded);
    const refused = await api.post('/v1/sql', { query: 'SELECT 1' });
    expect([refused.status, refused.body.code]).toEqual([503, 'history_unavailable']);
    await clickhouse.start();
    await waitUntil('history has caught up', hasCaughtUp);
    await expectOneRowEach();
  }, 180_000);

  it(
    `goes on for ${AWAY_S} seconds without it, and answers as before`,
    async () => {
      const timed = async (seconds: number): Promise<number[]> => {
        const took: number[] = [];
        for (const end = performance.now() + seconds * 1_000; performance.now() < end; ) {
          const begin = performance.now();
          await ingest();
          took.push((performance.now() - begin) / (BATCH / 4));
        }
        return took.sort((a, b) => a - b);
      };
      const before = await timed(AWAY_S / 2);
      await clickhouse.kill();
      const during = await timed(AWAY_S);
      await waitUntil('readyz says degraded', isDegraded);
      await clickhouse.start();
      await waitUntil('history has caught up', hasCaughtUp);
      await expectOneRowEach();
      // Figures for whoever runs it longer: a test asserts no time of a machine that others share.
      console.info(
        `history away for ${AWAY_S} s: a request of 4 events took ${describeTimes(before)} before, ${describeTimes(during)} meanwhile`,
      );
      expect(during.length).toBeGreaterThan(0);
    },
    240_000 + AWAY_S * 4_000,
  );

  it('starts without it, and brings over what an earlier process has spooled', async () => {
    await clickhouse.kill();
    await ingest();
    await engine.stop();
    await open();
    await ingest();
    await expectLiveState();
    await waitUntil('readyz says degraded', isDegraded);
    await clickhouse.start();
    await waitUntil('history has caught up', hasCaughtUp);
    await expectOneRowEach();
  }, 180_000);
});
