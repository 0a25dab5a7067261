import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { ConservationReport } from '../../src/serve/conservation-service.ts';
import { BookTraffic, type SentEvent } from '../support/book-traffic.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { MAIN, type RunningEngine } from './support/engine-process.ts';
import { createRandom, killPlan } from './support/seeded-random.ts';
import { waitUntil } from './support/wait-until.ts';

/** `KILL_ROUNDS=30 KILL_SEED=…` runs a longer series, and the same one again. */
const { rounds, seed } = killPlan(4);
const BATCHES = 30;
const RETRY_MS = 50;
const MINUTE_MS = 60_000;

describe('the books of conservation', () => {
  const place = new EnginePlace();
  const erasing = new EnginePlace();
  afterAll(() => Promise.all([place.remove(), erasing.remove()]));

  it(
    `differ by nothing after ${rounds} kills among repeats and bad events (KILL_SEED=${seed})`,
    async () => {
      const story = `KILL_SEED=${seed}`;
      const random = createRandom(seed);
      const traffic = new BookTraffic(random);
      const began = Date.now();
      let engine: RunningEngine | undefined = await place.start();
      const { port } = engine;
      const deliver = async (batch: readonly SentEvent[]): Promise<void> => {
        for (;;) {
          const status = await engine?.api
            .post(
              '/v1/events',
              batch.map(({ body }) => body),
            )
            .then(
              (answer) => answer.status,
              () => 0,
            );
          if (status === 202) return traffic.note(batch);
          await pause(RETRY_MS);
        }
      };
      for (let round = 0; round < rounds; round += 1) {
        const sending = (async () => {
          for (let n = 0; n < BATCHES; n += 1) {
            await deliver(traffic.batch(random.between(1, 40)));
            if (random.between(0, 2) === 0) await deliver(traffic.again());
          }
        })();
        await pause(random.between(50, 700));
        const doomed: RunningEngine | undefined = engine;
        engine = undefined;
        await doomed?.process.kill();
        engine = await place.start({ port });
        await sending;
      }
      const { api } = engine;
      await api.settled();
      const report = await reportOf(api, began);
      expect(report, story).toMatchObject({
        complete: true,
        difference: 0,
        unexplained: 0,
        codes: {},
        notes: [],
      });
      const { received, applied, duplicate, quarantined, refused } = report.totals;
      expect(applied, story).toBe(traffic.goodOf());
      expect(received, story).toBe(applied + duplicate + quarantined + refused);
      // A request of which nobody heard may have been taken all the same.
      expect(received, story).toBeGreaterThanOrEqual(traffic.heard);
      expect(quarantined, story).toBeGreaterThanOrEqual(traffic.kept);
      for (const source of traffic.sources) {
        const own = report.minutes.filter((each) => each.source === source);
        expect(
          own.reduce((sum, minute) => sum + minute.applied, 0),
          story,
        ).toBe(traffic.goodOf(source));
      }
      expect(
        await api.numbers(
          "SELECT (SELECT count() FROM events WHERE source != 'engine') AS events, (SELECT count() FROM quarantine) AS kept",
        ),
        story,
      ).toEqual({ events: applied, kept: quarantined });
      console.info(
        `conservation: seed ${seed}, ${rounds} kills, received ${received}, applied ${applied}, duplicate ${duplicate}, quarantined ${quarantined}`,
      );
      await asksTheDoctor(api, began);
    },
    120_000 + rounds * 60_000,
  );

  it('miss nobody who was erased, neither in history nor in the logs', { timeout: 180_000 }, async () => {
    const began = Date.now();
    const { api } = await erasing.start();
    const view = (id: string, person: string, properties: object) => ({
      ...{ id, type: 'product_viewed', identifiers: { user_id: person }, properties },
    });
    await api.apply([
      view('x-1', 'u-gone', { item_id: 'spu-1' }),
      view('x-2', 'u-gone', { price: 'much' }),
      view('x-3', 'u-gone', { item_id: 'spu-2' }),
      view('x-4', 'u-stays', { item_id: 'spu-1' }),
    ]);
    await api.settled();
    const asked = await api.post('/v1/privacy/erasures', { identifier: 'user_id:u-gone' });
    expect(asked.status, asked.text).toBe(202);
    await waitUntil('the person is erased', async () => {
      const { body } = await api.get(`/v1/privacy/erasures/${asked.body.id}`);
      return body.status === 'done';
    });
    await api.settled();
    const { codes, unexplained, complete, totals } = await reportOf(api, began);
    expect({ unexplained, complete, totals }).toEqual({
      ...{ unexplained: 0, complete: true },
      totals: { received: 4, applied: 3, duplicate: 0, quarantined: 1, refused: 0 },
    });
    // The two events, and the one that was kept; all three are empty records now.
    expect(codes).toEqual({ erased: 3, log_erased: 3 });
  });
});

/** Every minute since then, the one that is still running included. */
async function reportOf(api: EngineApi, began: number): Promise<ConservationReport> {
  const [from, to] = spanSince(began);
  const { status, text, body } = await api.get(`/v1/analytics/conservation?from=${from}&to=${to}&logs=1`);
  if (status !== 200) throw new Error(text);
  return body as ConservationReport;
}

function spanSince(began: number): readonly [from: number, to: number] {
  return [began - MINUTE_MS, Date.now() + MINUTE_MS];
}

async function asksTheDoctor(api: EngineApi, began: number): Promise<void> {
  const [from, to] = spanSince(began).map(String);
  const where = ['--url', api.address, '--key', api.secretKey];
  const flags = ['doctor', 'conservation', '--from', from ?? '', '--to', to ?? '', ...where];
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...flags]);
  expect(stdout).toMatch(/difference {3}0 \(unexplained 0\)/);
}
