import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditShop } from './support/audit-shop.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { Importer } from './support/importer.ts';
import { createRandom, killPlan, type Random } from './support/seeded-random.ts';
import { inventShop, SHOP_MAP, type ShopLine, writeShop } from './support/shop.ts';
import { waitUntil } from './support/wait-until.ts';

/** `KILL_ROUNDS=50 KILL_SEED=…` runs a longer series, and the same one again. */
const { rounds, seed } = killPlan();
const EVENTS = 6_000;
const PEOPLE = 300;
const RECEIVED = 'tessera_events_received_total';

describe('an importer that is killed', () => {
  const place = new EnginePlace();
  let api: EngineApi;
  beforeAll(async () => {
    writeFileSync(place.file('shop.yaml'), SHOP_MAP);
    ({ api } = await place.start());
  });
  afterAll(() => place.remove());

  it(
    `goes on where it stopped, and nothing is lost or counted twice, in ${rounds} rounds (KILL_SEED=${seed})`,
    async () => {
      const random = createRandom(seed);
      const lines = new Map<string, ShopLine>();
      let interrupted = 0;
      for (let round = 0; round < rounds; round += 1) {
        const shop = inventShop({
          random,
          count: EVENTS,
          prefix: `r${round}`,
          crowd: String(round % 3),
          people: PEOPLE,
        });
        for (const line of shop) lines.set(line.id, line);
        interrupted += await playRound({ shop, round, random, api, place });
      }
      const story = `KILL_SEED=${seed}, ${rounds} rounds, ${interrupted} kills while importing`;
      await auditShop(api, { lines, acknowledged: new Set(lines.keys()) }, story);
      // A kill that came too late shows nothing, so most of them must not.
      expect(interrupted, story).toBeGreaterThanOrEqual(rounds / 2);
      console.info(`kill-importer: ${story}`);
    },
    60_000 + rounds * 30_000,
  );
});

interface Round {
  readonly shop: readonly ShopLine[];
  readonly round: number;
  readonly random: Random;
  readonly api: EngineApi;
  readonly place: EnginePlace;
}

/** One file, one importer killed in the middle, one that goes on. Answers 1 when the kill hit a running import. */
async function playRound({ shop, round, random, api, place }: Round): Promise<number> {
  const options = {
    api,
    file: writeShop(place.file(`shop-${round}.ndjson`), shop),
    map: place.file('shop.yaml'),
    directory: place.path,
    name: `round-${round}`,
  };
  const received = async (): Promise<number> => (await api.metric(RECEIVED))[RECEIVED] ?? 0;
  const killAt = (await received()) + random.between(0, EVENTS * 0.6);
  const doomed = new Importer(options);
  await waitUntil(
    'the importer has sent enough to be killed',
    async () => !doomed.running || (await received()) > killAt,
  );
  await pause(random.between(0, 20));
  const hit = await doomed.kill();
  const summary = await new Importer(options).finished();
  expect(summary, `KILL_SEED=${seed}, round ${round + 1}`).toMatchObject({
    events: EVENTS,
    accepted: EVENTS,
    rejected_rows: 0,
    rejected_events: 0,
  });
  return hit ? 1 : 0;
}
