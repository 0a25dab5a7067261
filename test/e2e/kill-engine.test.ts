import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImportSummary, runImport } from '../../src/cli/import/run.ts';
import { SILENT } from '../cli/import/import-run.ts';
import { auditShop } from './support/audit-shop.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { RunningEngine } from './support/engine-process.ts';
import { createRandom, killPlan, type Random } from './support/seeded-random.ts';
import { inventShop, SHOP_MAP, type ShopLine, writeShop } from './support/shop.ts';
import { startSingleSender } from './support/single-sender.ts';

/** `KILL_ROUNDS=50 KILL_SEED=…` runs a longer series, and the same one again. */
const { rounds, seed } = killPlan();
const EVENTS = 4_000;
const PEOPLE = 200;
/** Sixty tries must outlast a restart on a busy machine, and the longest pause must not hold a round up. */
const RETRY_MS_MAX = 1_000;

/** Where in a round the engine dies: after so many events of the import were answered, and a little later. */
interface Death {
  readonly afterEvents: number;
  readonly plusMs: number;
  /** Dies once more while it starts, this long after its launch. */
  readonly whileStartingMs: number | undefined;
}

function inventDeath(random: Random): Death {
  return {
    afterEvents: random.between(0, EVENTS - 600),
    // Now and then late enough that history is being written: it follows after a pause.
    plusMs: random.pick([0, random.between(0, 30), random.between(0, 700)]),
    whileStartingMs: random.pick([undefined, undefined, random.between(100, 2_500)]),
  };
}

describe('an engine that is killed while an import runs', () => {
  const place = new EnginePlace();
  beforeAll(() => writeFileSync(place.file('shop.yaml'), SHOP_MAP));
  afterAll(() => place.remove());

  it(
    `loses no acknowledged event and counts none twice, in ${rounds} rounds (KILL_SEED=${seed})`,
    async () => {
      const random = createRandom(seed);
      const lines = new Map<string, ShopLine>();
      const acknowledged = new Set<string>();
      let engine: RunningEngine = await place.start();
      for (let round = 0; round < rounds; round += 1) {
        const death = inventDeath(random);
        const story = `KILL_SEED=${seed}, round ${round + 1} of ${rounds}, ${JSON.stringify(death)}`;
        const crowd = { random, count: EVENTS, crowd: String(round), people: PEOPLE };
        const imported = inventShop({ ...crowd, prefix: `r${round}` });
        const single = inventShop({ ...crowd, prefix: `s${round}` });
        for (const line of [...imported, ...single]) lines.set(line.id, line);
        engine = await playRound({ engine, death, imported, single, place, story, acknowledged });
        if ((round + 1) % 10 === 0 || round + 1 === rounds) {
          await auditShop(engine.api, { lines, acknowledged }, story);
        }
      }
      const counted = `${acknowledged.size} acknowledged of ${lines.size}`;
      expect(acknowledged.size, counted).toBeGreaterThanOrEqual(rounds * EVENTS);
      console.info(`kill-engine: seed ${seed}, ${rounds} rounds, ${counted}`);
    },
    60_000 + rounds * 30_000,
  );
});

interface Round {
  readonly engine: RunningEngine;
  readonly death: Death;
  readonly imported: readonly ShopLine[];
  readonly single: readonly ShopLine[];
  readonly place: EnginePlace;
  readonly story: string;
  readonly acknowledged: Set<string>;
}

/** One import, one death in it, one new start on the same directory and port; answers the new engine. */
async function playRound(round: Round): Promise<RunningEngine> {
  const { engine, death, imported, single, place, story, acknowledged } = round;
  let alive: RunningEngine | undefined = engine;
  const sender = startSingleSender(
    single,
    () => alive?.api,
    () => pause(20),
  );
  const reached = deferred();
  if (death.afterEvents === 0) reached.happens();
  const file = writeShop(place.file('shop.ndjson'), imported);
  const send = (onCount: (count: number) => void): Promise<ImportSummary> =>
    runImport({
      file,
      map: place.file('shop.yaml'),
      url: engine.api.address,
      key: engine.api.secretKey,
      clock: { now: () => performance.now() },
      progress: { ...SILENT, update: (_share, count) => onCount(count) },
      restart: true,
      countOutcomes: alive !== engine,
      progressPath: place.file('progress.json'),
      rejectsPath: place.file('rejected.ndjson'),
      delay: (ms) => pause(Math.min(ms, RETRY_MS_MAX)),
    });
  const importing = send((count) => count >= death.afterEvents && reached.happens());
  // Awaited below; a failure before that must not count as unhandled.
  importing.catch(() => reached.happens());
  await reached.happened;
  await pause(death.plusMs);
  alive = undefined;
  await engine.process.kill();
  alive = await restart(engine.port, death, place);
  const summary = await importing;
  await sender.stop();
  expect(summary, story).toMatchObject({
    events: EVENTS,
    accepted: EVENTS,
    rejected_rows: 0,
    rejected_events: 0,
  });
  // Everything once more: what the dead engine had applied must be known to the new one.
  expect((await send(() => undefined)).outcomes, story).toMatchObject({
    of: 'all',
    applied: 0,
    duplicate: EVENTS,
  });
  for (const { id } of imported) acknowledged.add(id);
  for (const id of sender.acknowledged) acknowledged.add(id);
  return alive;
}

async function restart(port: number, { whileStartingMs }: Death, place: EnginePlace): Promise<RunningEngine> {
  if (whileStartingMs !== undefined) {
    const doomed = place.launch({ port });
    await pause(whileStartingMs);
    await doomed.kill();
  }
  return await place.start({ port });
}

function deferred(): { readonly happened: Promise<void>; happens(): void } {
  let happens: () => void = () => undefined;
  const happened = new Promise<void>((resolve) => {
    happens = resolve;
  });
  return { happened, happens: () => happens() };
}
