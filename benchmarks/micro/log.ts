/*
 * What the embedded log and state store cost: one append after another, batches of 100 records of 500 bytes from several
 * writers, and commits of 500 entries of 1 KB. Figures are medians over a warm store in a temporary directory; the disk
 * decides most of them, so compare only figures of one machine. Run: npx tsx benchmarks/micro/log.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Environment } from '../../src/adapters/embedded/environment.ts';
import { openLog } from '../../src/adapters/embedded/log.ts';
import { openStateStore } from '../../src/adapters/embedded/state-store.ts';
import { createSystemClock } from '../../src/adapters/embedded/system-clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { StateStore } from '../../src/ports/state.ts';

const RECORD = Buffer.alloc(500, 7);

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
  const logEnvironment = new Environment(join(directory, 'log'), {
    full: 'log_full',
    failed: 'log_unavailable',
  });
  const codes = { full: 'state_unavailable', failed: 'state_unavailable' } as const;
  const state = openStateStore(new Environment(join(directory, 'state'), codes));
  const log = openLog(logEnvironment, 'main', { clock: createSystemClock() });
  try {
    await sequential(log, 200);
    report('append 1 × 500 B, one after another', await sequential(log, 1_000));
    for (const writers of [1, 4, 16]) {
      report(`append 100 × 500 B, ${writers} writers`, await batches(log, { writers, each: 800 / writers }));
    }
    report('commit 4 × 1 KB', await commits(state, { entries: 4, count: 300, from: 0 }));
    report('commit 500 × 1 KB', await commits(state, { entries: 500, count: 100, from: 300 }));
  } finally {
    await log.close();
    await logEnvironment.close();
    await state.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Measured {
  readonly latenciesMs: readonly number[];
  readonly wallMs: number;
  readonly cpuUs: number;
  readonly units: number;
}

async function measure(units: number, run: (latenciesMs: number[]) => Promise<void>): Promise<Measured> {
  const latenciesMs: number[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run(latenciesMs);
  const wallMs = performance.now() - start;
  const used = process.cpuUsage(cpu);
  return { latenciesMs, wallMs, cpuUs: used.user + used.system, units };
}

function sequential(log: Log, count: number): Promise<Measured> {
  return measure(count, async (latenciesMs) => {
    for (let n = 0; n < count; n += 1) {
      const start = performance.now();
      await log.append([RECORD]);
      latenciesMs.push(performance.now() - start);
    }
  });
}

function batches(
  log: Log,
  { writers, each }: { readonly writers: number; readonly each: number },
): Promise<Measured> {
  const batch = Array.from({ length: 100 }, () => RECORD);
  return measure(writers * each * batch.length, async (latenciesMs) => {
    const write = async (): Promise<void> => {
      for (let n = 0; n < each; n += 1) {
        const start = performance.now();
        await log.append(batch);
        latenciesMs.push(performance.now() - start);
      }
    };
    await Promise.all(Array.from({ length: writers }, write));
  });
}

function commits(
  state: StateStore,
  { entries, count, from }: { readonly entries: number; readonly count: number; readonly from: number },
): Promise<Measured> {
  const value = Buffer.alloc(1_000, 7);
  return measure(entries * count, async (latenciesMs) => {
    for (let expected = from; expected < from + count; expected += 1) {
      const batch = new Map<string, Uint8Array>();
      for (let n = 0; n < entries; n += 1) batch.set(`f/${(expected * 7_919 + n * 104_729) % 20_000}`, value);
      const version = expected + 1;
      const next = { seq: version, digest: 0, version, taken: {}, given: {}, spooled: 0 };
      const start = performance.now();
      await state.commit('p0', { expected, next, entries: batch });
      latenciesMs.push(performance.now() - start);
    }
  });
}

function report(name: string, { latenciesMs, wallMs, cpuUs, units }: Measured): void {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2);
  const rate = Math.round((units / wallMs) * 1_000);
  const cpu = (cpuUs / units).toFixed(2);
  console.log(`${name.padEnd(40)} p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  ${rate}/s  ${cpu} µs CPU each`);
}

await main();
