import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Environment } from '../../src/adapters/embedded/environment.ts';
import { openKeyStore } from '../../src/adapters/embedded/key-store.ts';
import { type EmbeddedStateStore, openStateStore } from '../../src/adapters/embedded/state-store.ts';
import { createMemoryLog } from '../../src/adapters/memory/log.ts';
import { Alarms } from '../../src/background/alarms.ts';
import { keys } from '../../src/model/keys.ts';
import type { Header } from '../../src/model/profile.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { emptyHeader } from '../../src/profile/facets.ts';
import { createEntryCodec, encodeRecord } from '../../src/runner/codec.ts';
import { compileTriggers } from '../../src/triggers/compile.ts';
import { createFusedEngine, type FusedEngine, retailPack } from '../../test/support/fused-engine.ts';

/**
 * Absences that wait, as many as are asked for, in the embedded store: due ones come to the log by the alarms, through the real
 * runner, and are decided. Reported: how long after its time a firing is committed, and what memory the process takes.
 * Run: npx tsx benchmarks/micro/pending-timers.ts [timers, default 2000000] [due per second, default 200] [seconds, default 20]
 */
const TIMERS = Number(process.argv[2] ?? 2_000_000);
const PER_SECOND = Number(process.argv[3] ?? 200);
const SECONDS = Number(process.argv[4] ?? 20);
const COMMIT_PROFILES = 20_000;
const DRAIN_PAUSE_MS = 5;
const CODES = { full: 'state_unavailable', failed: 'state_unavailable' } as const;

const trigger: TriggerDefinition = {
  name: 'abandoned_cart',
  purpose: 'service',
  on: {
    sequence: [
      { event: 'product_added', key: 'properties.cart_id' },
      { not: { event: 'order_completed' }, within: '30m' },
    ],
  },
  action: { channel: 'none' },
};

const under = compileTriggers([{ definition: trigger, version: '' }]).all[0]?.patternVersion ?? '';

const clock = { now: () => Date.now(), set: () => undefined, advance: () => undefined };

function headerOf(n: number, due: number): Header {
  const id = `p${String(n).padStart(35, '0')}`;
  const header = emptyHeader(id, due - 1_800_000, 'person');
  const time = due - 1_800_000;
  const event = {
    id: `e-${n}`,
    type: 'product_added',
    time,
    receivedAt: time,
    source: 'web',
    channel: 'web',
    claims: [],
    facet: `f-${n}`,
    properties: { cart_id: `cart-${n}`, item_id: 'i-1', price: 19_900 },
  };
  const cause = `web\0e-${n}`;
  header.triggers.set(trigger.name, {
    under,
    matches: [],
    pending: [{ key: `cart-${n}`, time, due, cause, facet: event.facet, event }],
  });
  header.alarmAt = due;
  return header;
}

async function fill(engine: FusedEngine, store: EmbeddedStateStore, start: number): Promise<void> {
  const codec = createEntryCodec(engine.definitions);
  const checkpoint = await store.checkpoint('p0');
  if (checkpoint === undefined) throw new RangeError('the definitions were not applied');
  for (let from = 0; from < TIMERS; from += COMMIT_PROFILES) {
    const entries = new Map<string, Uint8Array>();
    for (let n = from; n < Math.min(TIMERS, from + COMMIT_PROFILES); n++) {
      const due = start + Math.floor((n * 1_000) / PER_SECOND);
      const header = headerOf(n, due);
      entries.set(keys.header(header.id), codec.encode(keys.header(header.id), header));
      const alarm = keys.alarm(due, header.id);
      entries.set(alarm, codec.encode(alarm, {}));
    }
    const { version } = checkpoint;
    const answer = await store.commit('p0', { expected: version, next: checkpoint, entries });
    if (answer !== 'committed') throw new RangeError(answer);
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MB`;
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-timers-'));
  const path = join(directory, 'state');
  const environment = new Environment(path, CODES);
  const store = openStateStore(environment);
  const log = createMemoryLog({ clock });
  await log.append([
    encodeRecord({
      kind: 'definitions',
      author: 'b',
      ...retailPack,
      features: [],
      sources: [],
      segments: [],
      triggers: [trigger],
    }),
  ]);
  const keyStore = openKeyStore(environment);
  const engine = await createFusedEngine({ log, clock, parse: true, stateStore: store, keyStore });
  await engine.drain();
  const filling = performance.now();
  // Room for the writing; what is due before it ends is counted as late, so the estimate is generous.
  const start = Date.now() + Math.max(10_000, TIMERS / 8);
  await fill(engine, store, start);
  process.stdout.write(
    `${TIMERS} timers written in ${Math.round((performance.now() - filling) / 1_000)} s\n`,
  );
  const before = process.memoryUsage().rss;
  const onError = (error: unknown): never => {
    throw error;
  };
  let applied = log.stats().lastSeq;
  const appliedSeq = (): number => applied;
  const alarms = new Alarms({ partition: 'p0', store, log, clock, appliedSeq, onError });
  const late: number[] = [];
  const cpu = process.cpuUsage();
  alarms.start();
  while (Date.now() < start + SECONDS * 1_000) {
    const { lastSeq } = log.stats();
    await engine.drain();
    applied = lastSeq;
    const now = Date.now();
    for (const { effects } of engine.committed)
      for (const effect of effects)
        if (effect.kind === 'firing') late.push(now - Number(effect.firing.trace.due));
    engine.committed.length = 0;
    await log.trim(log.stats().lastSeq);
    await sleep(DRAIN_PAUSE_MS);
  }
  await alarms.stop();
  const { user, system } = process.cpuUsage(cpu);
  late.sort((a, b) => a - b);
  const at = (share: number): number =>
    late[Math.min(late.length - 1, Math.floor(share * late.length))] ?? Number.NaN;
  process.stdout.write(
    `${late.length} fired in ${SECONDS} s: after their time by p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${late.at(-1)} ms; ${Math.round((user + system) / late.length)} CPU-µs each\n` +
      `process memory ${megabytes(before)} before, ${megabytes(process.memoryUsage().rss)} after (pages of the store included); store ${megabytes(statSync(join(path, 'data.mdb')).size)}\n`,
  );
  await store.close();
  rmSync(directory, { recursive: true, force: true });
}

await main();
