import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { unpackSpool } from '../../src/model/spool-entry.ts';
import type { LogMessage } from '../../src/ports/log.ts';
import type { SpoolStore, StateStore } from '../../src/ports/state.ts';
import { decodeRecord } from '../../src/runner/codec.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { createRandom } from '../e2e/support/seeded-random.ts';
import { DiskTrace, type Leftover } from './disk-trace.ts';
import { type CutEngine, fusedRunner, openCutEngine } from './power-cut-engine.ts';

const CHILD = fileURLToPath(new URL('./power-cut-child.ts', import.meta.url));
const SEED = Number(process.env.FAULT_SEED ?? 7);
const CUTS = Number(process.env.POWER_CUTS ?? 100);
const EVENTS = 90;
const TRACED = 'trace=openat,lseek,write,writev,pwrite64,pwritev,fdatasync,fsync';
const LEFTOVERS: readonly Leftover[] = ['nothing', 'some writes', 'some sectors'];

const canTrace = spawnSync('strace', ['-o', '/dev/null', '-e', 'trace=write', 'true']).status === 0;

async function drained(engine: Pick<CutEngine, 'runner'>): Promise<void> {
  while (await engine.runner.step());
}

async function entriesOf(store: StateStore): Promise<readonly (readonly [string, string])[]> {
  const page = await store.scan('p0', '', '', 1_000_000);
  return page.map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]);
}

async function rowsOf(store: SpoolStore): Promise<readonly unknown[]> {
  const entries = await store.readSpool('p0', 0, Number.MAX_SAFE_INTEGER);
  return entries.flatMap(({ bytes }) => unpackSpool(bytes));
}

/** What these messages make of a store that has never held anything. */
async function folded(messages: readonly LogMessage[]): Promise<StateStore & SpoolStore> {
  const store = createMemoryStateStore();
  const log = {
    read: (after: number, max: number) => messages.filter(({ seq }) => seq > after).slice(0, max),
    stats: () => ({ firstSeq: 1, lastSeq: messages.length, bytes: 0 }),
    append: () => Promise.reject(new Error('nothing is appended')),
    subscribe: () => () => undefined,
    trim: () => Promise.resolve(),
    rewrite: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  await drained({ runner: fusedRunner(log, store) });
  return store;
}

function idsIn(messages: readonly LogMessage[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { records } of messages) {
    for (const bytes of records) {
      const { record } = decodeRecord(bytes);
      if (record.kind === 'event') ids.add(record.event.id);
    }
  }
  return ids;
}

describe.skipIf(!canTrace)(
  `power cuts of the embedded form (seed ${SEED}; needs strace that may trace)`,
  () => {
    let directory: TemporaryDirectory;
    let trace: DiskTrace;
    let acks: DiskTrace['said'];
    let firstAck: number;

    beforeAll(() => {
      directory = createTemporaryDirectory();
      const data = join(realpathSync(directory.path), 'data');
      const file = join(directory.path, 'trace');
      const child = [process.execPath, '--import', 'tsx', CHILD, data, String(EVENTS)];
      const { status, stderr } = spawnSync(
        'strace',
        ['-f', '-y', '-xx', '-s', '1000000', '-o', file, '-e', TRACED, ...child],
        { encoding: 'utf8' },
      );
      expect(status, stderr).toBe(0);
      trace = new DiskTrace(readFileSync(file, 'latin1'), data);
      acks = trace.said.filter(({ text }) => text.startsWith('ack '));
      firstAck = acks[0]?.line ?? 0;
      expect(acks).toHaveLength(EVENTS);
    }, 240_000);
    afterAll(() => directory.remove());

    it(`lose nothing that was acknowledged, and leave a state that is the log's, ${CUTS} times`, async () => {
      const random = createRandom(SEED);
      let unflushed = 0;
      for (let cut = 0; cut < CUTS; cut += 1) {
        const line = random.between(firstAck, trace.lines);
        const leftover = LEFTOVERS[cut % LEFTOVERS.length] ?? 'nothing';
        const to = join(directory.path, `cut-${cut}`);
        trace.restore(line, leftover, { to, random });
        unflushed += trace.open(line);
        const story = `seed ${SEED}, cut ${cut} at line ${line}, the disk kept ${leftover}`;
        const engine = openCutEngine(to, createManualClock(0));
        const messages = await engine.log.read(0, 100_000);
        const acknowledged = acks.filter((ack) => ack.line <= line).map(({ text }) => `e${text.slice(4)}`);
        const ids = idsIn(messages);
        expect(
          acknowledged.filter((id) => !ids.has(id)),
          story,
        ).toEqual([]);
        await drained(engine);
        const fresh = await folded(messages);
        expect(await entriesOf(engine.store), story).toEqual(await entriesOf(fresh));
        expect(await rowsOf(engine.store), story).toEqual(await rowsOf(fresh));
        await engine.close();
      }
      // Most cuts came while something was on its way to the disk: otherwise they would show nothing.
      expect(unflushed).toBeGreaterThan(CUTS);
    }, 240_000);

    it('would notice an acknowledgement that came before its flush', async () => {
      const random = createRandom(SEED);
      const early = acks
        .filter(({ line }) => line > firstAck)
        .map(({ line, text }) => ({ text, line: line - 12 }));
      let lost = 0;
      for (const { line, text } of early.slice(0, 20)) {
        const to = join(directory.path, `early-${line}-${text.slice(4)}`);
        trace.restore(line, 'nothing', { to, random });
        const engine = openCutEngine(to, createManualClock(0));
        if (!idsIn(await engine.log.read(0, 100_000)).has(`e${text.slice(4)}`)) lost += 1;
        await engine.close();
      }
      expect(lost).toBeGreaterThan(0);
    }, 60_000);
  },
);
