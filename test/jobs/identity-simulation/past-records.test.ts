import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClickHouseHistory } from '../../../src/adapters/clickhouse/history.ts';
import {
  type PastRange,
  type PastRecord,
  readPast,
} from '../../../src/jobs/identity-simulation/past-records.ts';
import { limits } from '../../../src/limits.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import type { History } from '../../../src/ports/history.ts';
import { decodeRecord } from '../../../src/runner/codec.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../../adapters/temporary-directory.ts';
import { type FusedEngine, START_MS } from '../../support/fused-engine.ts';
import { command, inForce, type Step, shopWith, simulate, typeWith } from './simulated-shop.ts';

/** More events than one page of history holds, more than one in a message, with pauses of days. */
const FIRST_BATCH = limits.simulationPageRows + 100;

let directory: TemporaryDirectory;
let history: History;
let engine: FusedEngine;

const view = (n: number, afterMs = 0): Step => ({
  as: 'secret',
  afterMs,
  event: {
    id: `e-${n}`,
    type: 'product_viewed',
    identifiers: { user_id: `user-${n % 50}`, phone: `139${String(10_000_000 + n)}` },
    properties: { item_id: 'spu-1' },
  },
});

beforeAll(async () => {
  directory = createTemporaryDirectory();
  engine = await shopWith(inForce, [view(1), view(2, DAY_MS)]);
  await engine.send(
    Array.from({ length: FIRST_BATCH }, (_, i) => view(3 + i).event),
    'secret',
  );
  await engine.send([{ id: 'nobody', type: 'product_viewed', properties: { item_id: 'spu-2' } }]);
  await command(engine, { type: 'split', identifier: 'user_id:nobody' });
  for (let n = 1_000; n < 1_010; n++) {
    engine.clock.advance(DAY_MS);
    await engine.send([view(n).event]);
  }
  history = await openClickHouseHistory({
    address: { kind: 'chdb', path: directory.path },
    database: 'past_tessera',
  });
  await history.migrate();
  const lines = engine
    .rows()
    .split('\n')
    .filter((line) => line.startsWith('events\t'))
    .map((line) => line.slice('events\t'.length));
  await history.insert({ table: 'events', lines }, 'past:1');
});

afterAll(async () => {
  await history.close();
  directory.remove();
});

interface Found {
  readonly events: readonly PastRecord[];
  readonly commands: number;
  readonly fromHistory: number;
}

async function read(log: FusedEngine['log'], range: Partial<PastRange> = {}): Promise<Found> {
  const { lastSeq: end } = log.stats();
  const events: PastRecord[] = [];
  let [commands, fromHistory, lastSeq] = [0, 0, 0];
  const source = { log, history, decode: decodeRecord, partition: 0 };
  for await (const batch of readPast(source, { end, from: -Infinity, to: Infinity, ...range })) {
    expect(batch.lastSeq).toBeGreaterThanOrEqual(lastSeq);
    lastSeq = batch.lastSeq;
    for (const each of batch.records()) {
      if (each.record.kind === 'command') commands++;
      else events.push(each);
      if (batch.fromHistory) fromHistory++;
    }
  }
  return { events, commands, fromHistory };
}

describe('the past', () => {
  it('is the same out of history where the log no longer has it, but for commands', async () => {
    const whole = await read(engine.log);
    expect([whole.events.length, whole.commands, whole.fromHistory]).toEqual([2 + FIRST_BATCH + 10, 1, 0]);
    for (const trimmed of [1, 3, 6, 9, 100]) {
      const log = await trimmedLog(trimmed);
      const found = await read(log);
      expect(found.events).toEqual(whole.events);
      expect(found.commands).toBe(trimmed >= 6 ? 0 : 1);
      expect(found.fromHistory > 0).toBe(trimmed > 1);
    }
  });

  it('is bounded by the time of receipt, wherever it comes from', async () => {
    const [from, to] = [START_MS + 3 * DAY_MS, START_MS + 6 * DAY_MS];
    for (const trimmed of [0, 8, 100]) {
      const { events } = await read(await trimmedLog(trimmed), { from, to });
      expect(events.map(({ now }) => now)).toEqual([0, 1, 2].map((day) => from + day * DAY_MS));
    }
  });

  it('goes on in history when the log is trimmed under its hands', async () => {
    const whole = await read(engine.log);
    const log = await trimmedLog(0);
    const trimming: FusedEngine['log'] = {
      ...log,
      stats: () => log.stats(),
      read(afterSeq, max) {
        // Whatever was read is gone, and so is what comes next.
        void log.trim(afterSeq + 1);
        return log.read(afterSeq, max);
      },
    };
    expect((await read(trimming)).events).toEqual(whole.events);
  });
});

describe('a simulation over a trimmed log', () => {
  it('comes to the same people, and says what history does not have', async () => {
    const policy = typeWith('phone', { limit: 1, period: 'ever' });
    const whole = await simulate(engine, policy);
    const log = await trimmedLog(9);
    const report = await simulate(engine, policy, { changes: { log, history } });
    expect(report.notes).toEqual([expect.stringContaining('History has no commands')]);
    expect({ ...report, commands: 1, notes: [] }).toEqual(whole);
  });
});

/** The log of the engine without its first messages. */
async function trimmedLog(messages: number): Promise<FusedEngine['log']> {
  const { log } = engine;
  const { lastSeq, bytes } = log.stats();
  let first = Math.min(messages, lastSeq) + 1;
  return {
    ...log,
    stats: () => ({ firstSeq: first, lastSeq, bytes }),
    read: (afterSeq, max) => log.read(Math.max(afterSeq, first - 1), max),
    trim: async (seq) => {
      first = Math.max(first, seq + 1);
    },
  };
}
