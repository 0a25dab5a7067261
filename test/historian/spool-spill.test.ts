import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import {
  createMemoryStateStore,
  type MemoryStateStore,
  type PartitionSnapshot,
} from '../../src/adapters/memory/state-store.ts';
import { packEntry, SpilledEntries } from '../../src/historian/spilled-entries.ts';
import { createSpillingSpool, type SpillingSpool } from '../../src/historian/spool-spill.ts';
import { limits } from '../../src/limits.ts';
import type { Log } from '../../src/ports/log.ts';
import type { SharedSpoolStore, SpoolCursor } from '../../src/ports/state.ts';
import { describeSpool } from '../conformance/spool.ts';
import { checkpoint, type Store } from '../conformance/state-store.ts';

const PARTITION = 'p0';

/** Stops the n-th call, before or after it takes effect: until it is let go, or for ever. */
class Fault {
  left: number;
  readonly #answered: boolean;
  hit = false;
  release: () => void = () => {};
  readonly #gate = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  constructor(at: number, answered: boolean) {
    this.left = at;
    this.#answered = answered;
  }

  async #stop(): Promise<void> {
    this.hit = true;
    await this.#gate;
  }

  before<T extends object>(target: T, sync: readonly string[]): T {
    return new Proxy(target, {
      get: (_target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        if (sync.includes(String(name))) return member.bind(target);
        return async (...all: unknown[]): Promise<unknown> => {
          this.left -= 1;
          const stops = this.left === 0;
          if (stops && !this.#answered) await this.#stop();
          await turn();
          const answer: unknown = await Reflect.apply(member, target, all);
          if (stops && this.#answered) await this.#stop();
          return answer;
        };
      },
    });
  }
}

interface Kept {
  readonly snapshot: PartitionSnapshot;
  readonly contents: readonly Content[];
}

type Content = readonly [n: number, text: string];

/** A store, its spill log, and what must be in the spool: a text per entry, different whenever it is spooled anew. */
class World {
  readonly store: MemoryStateStore = createMemoryStateStore();
  readonly log: Log = createMemoryLog({ clock: createManualClock(1_000) });
  contents: Content[] = [];
  #written = 0;

  async spool(count: number): Promise<void> {
    for (let k = 0; k < count; k += 1) {
      const version = this.store.checkpoint(PARTITION)?.version ?? 0;
      this.#written += 1;
      // Numbers ascend with gaps.
      const spooled = this.last + 1 + (this.#written % 3);
      this.contents.push([spooled, `entry ${this.#written} `.padEnd(100, 'x')]);
      const next = { ...checkpoint(version + 1), spooled };
      const spool = Buffer.from(this.contents.at(-1)?.[1] ?? '');
      const commit = { expected: version, next, entries: new Map(), spool };
      expect(await this.store.commit(PARTITION, commit)).toBe('committed');
    }
  }

  get last(): number {
    return this.contents.at(-1)?.[0] ?? 0;
  }

  keep(): Kept {
    return { snapshot: this.store.snapshot(PARTITION), contents: [...this.contents] };
  }

  stepBack({ snapshot, contents }: Kept): void {
    this.store.rollback(PARTITION, snapshot);
    this.contents = [...contents];
  }

  process(fault?: Fault): SpillingSpool {
    const store: SharedSpoolStore = fault?.before(this.store, []) ?? this.store;
    const log = fault?.before(this.log, ['stats', 'subscribe']) ?? this.log;
    return createSpillingSpool({ store, logOf: () => log, bytesMax: 250, stepBytes: 150 });
  }

  /** Everything that is not done, in pages, must be what was spooled. */
  async check(spool: SpillingSpool): Promise<void> {
    const done = (await spool.cursor(PARTITION))?.done ?? 0;
    const found: Content[] = [];
    for (;;) {
      const page = await spool.readSpool(PARTITION, found.at(-1)?.[0] ?? done, 250);
      for (const { n, bytes } of page) found.push([n, Buffer.from(bytes).toString()]);
      if (page.length === 0) break;
    }
    expect(found).toEqual(this.contents.filter(([n]) => n > done));
  }
}

async function finish(spool: SpillingSpool, upTo: number): Promise<'saved' | 'conflict'> {
  const before: SpoolCursor | undefined = await spool.cursor(PARTITION);
  const done = Math.max(upTo, before?.done ?? 0);
  const answer = await spool.saveCursor(PARTITION, { done }, before);
  await spool.trimSpool(PARTITION, done);
  return answer;
}

describe('the spilling spool', () => {
  describeSpool({
    name: 'a memory store that spills',
    spillsItself:
      'what is spilled is the business of the spool alone, and whoever saves a cursor cannot say so',
    createHome: async () => {
      const store = createMemoryStateStore();
      const logs = new Map<string, Log>();
      const logOf = (partition: string): Log => {
        const log = logs.get(partition) ?? createMemoryLog({ clock: createManualClock(1_000) });
        logs.set(partition, log);
        return log;
      };
      const spool = createSpillingSpool({ store, logOf, bytesMax: 0 });
      const both: Store = {
        ...bound(store),
        readSpool: (...all) => spool.readSpool(...all),
        cursor: (...all) => spool.cursor(...all),
        saveCursor: (...all) => spool.saveCursor(...all),
        trimSpool: (...all) => spool.trimSpool(...all),
      };
      return { open: async () => both, close: async () => undefined, remove: async () => undefined };
    },
  });

  it('moves the oldest entries, in order, until what is left fits, and reads on over the border', async () => {
    const world = new World();
    const spool = world.process();
    await world.spool(10);
    expect(await spool.relieve(PARTITION)).toBe(true);
    while (await spool.relieve(PARTITION));
    expect(world.store.spoolBytes(PARTITION)).toBeLessThanOrEqual(250);
    await world.spool(2);
    await world.check(spool);
    const [fourth = 0, fifth] = world.contents.slice(3, 5).map(([n]) => n);
    expect((await world.process().readSpool(PARTITION, fourth, 1)).map(({ n }) => n)).toEqual([fifth]);
    const done = world.contents.at(-2)?.[0] ?? 0;
    expect(await finish(spool, done)).toBe('saved');
    await world.check(spool);
    expect(await spool.cursor(PARTITION)).toEqual({ done });
    expect(world.store.cursor(PARTITION)).toEqual({ done });
  });

  it('leaves a spool that fits alone', async () => {
    const world = new World();
    await world.spool(2);
    expect(await world.process().relieve(PARTITION)).toBe(false);
    expect(world.store.cursor(PARTITION)).toBeUndefined();
    expect(world.log.stats().lastSeq).toBe(0);
  });

  it('keeps some messages behind what is done, and trims what lies before them', async () => {
    const world = new World();
    const spool = world.process();
    const moves = limits.spillMessagesKept + 20;
    for (let n = 0; n < moves; n += 1) {
      await world.spool(3);
      await spool.relieve(PARTITION);
    }
    expect(await finish(spool, world.last)).toBe('saved');
    expect(world.log.stats()).toMatchObject({ firstSeq: 21, lastSeq: moves });
  });

  it('takes an entry of any size apart and puts it together again', async () => {
    const log = createMemoryLog({ clock: createManualClock(1_000) });
    const sizes = [0, 1, limits.spillPartBytes, limits.spillPartBytes + 1, limits.spillPartBytes * 5 + 7];
    const entries = sizes.map((size, at) => ({ n: at + 1, bytes: Buffer.alloc(size, at + 1) }));
    for (const entry of entries) await log.append(packEntry(entry));
    const range = { first: 1, last: 5, fromSeq: 1, toSeq: log.stats().lastSeq };
    const found = await new SpilledEntries(log).read(range, 0, Number.POSITIVE_INFINITY);
    expect(
      found.map(({ n, bytes }) => [n, Buffer.from(bytes).equals(entries[n - 1]?.bytes ?? Buffer.of(9))]),
    ).toEqual(sizes.map((_, at) => [at + 1, true]));
    await log.trim(2);
    await expect(new SpilledEntries(log).read(range, 0, 10)).rejects.toMatchObject({ code: 'log_corrupt' });
  });

  const step = fc.record({
    what: fc.constantFrom(
      'spool',
      'spool',
      'relieve',
      'relieve',
      'fault',
      'go on',
      'finish',
      'keep',
      'step back',
    ),
    at: fc.integer({ min: 1, max: 12 }),
    answered: fc.boolean(),
  });

  it('loses and repeats nothing, whatever call a process dies at or stalls in, and wherever the store steps back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = new World();
        const spool = world.process();
        const stalled: Fault[] = [];
        let kept = world.keep();
        for (const { what, at, answered } of steps) {
          if (what === 'spool') await world.spool(at);
          else if (what === 'relieve') await spool.relieve(PARTITION);
          else if (what === 'finish') {
            const done = (await spool.cursor(PARTITION))?.done ?? 0;
            await finish(spool, Math.min(done + at, world.last));
          } else if (what === 'keep') kept = world.keep();
          else if (what === 'step back') world.stepBack(kept);
          else if (what === 'fault') {
            // A process that stalls somewhere in a move; `go on` lets it go, or it never comes back.
            const fault = new Fault(at, answered);
            void world.process(fault).relieve(PARTITION);
            for (let turns = 0; !fault.hit && turns < 40; turns += 1) await turn();
            stalled.push(fault);
          } else {
            stalled.shift()?.release();
            for (let turns = 0; turns < 40; turns += 1) await turn();
          }
          await world.check(spool);
        }
        for (const fault of stalled) fault.release();
        for (let turns = 0; turns < 40; turns += 1) await turn();
        await world.check(spool);
        while (await spool.relieve(PARTITION));
        await world.check(world.process());
      }),
      { numRuns: 300 },
    );
  });

  it('reads no gap while another process moves entries between two of its calls', async () => {
    for (let at = 1; at < 12; at += 1) {
      for (const answered of [false, true]) {
        const world = new World();
        await world.spool(8);
        const fault = new Fault(at, answered);
        const reading = world.process(fault).readSpool(PARTITION, 0, 100_000);
        for (let turns = 0; !fault.hit && turns < 40; turns += 1) await turn();
        while (await world.process().relieve(PARTITION));
        fault.release();
        const found = (await reading).map(({ n }) => n);
        expect(found).toEqual(world.contents.slice(0, found.length).map(([n]) => n));
        await world.check(world.process());
      }
    }
  });

  it('lists nothing that it read before the store stepped back, whichever call it stalled in', async () => {
    for (let at = 1; at < 20; at += 1) {
      for (const answered of [false, true]) {
        const world = new World();
        const start = world.keep();
        await world.spool(6);
        const fault = new Fault(at, answered);
        const moving = world.process(fault).relieve(PARTITION);
        for (let turns = 0; !fault.hit && turns < 60; turns += 1) await turn();
        world.stepBack(start);
        await world.spool(7);
        if (fault.hit) fault.release();
        await moving;
        await world.check(world.process());
        while (await world.process().relieve(PARTITION));
        await world.check(world.process());
      }
    }
  });

  it('skips what a process left in the log that died between appending and listing', async () => {
    const world = new World();
    const spool = world.process();
    await world.spool(5);
    await spool.relieve(PARTITION);
    const fault = new Fault(7, true);
    void world.process(fault).relieve(PARTITION);
    for (let turns = 0; !fault.hit && turns < 60; turns += 1) await turn();
    expect(world.log.stats().lastSeq, 'it died after appending').toBe(2);
    while (await spool.relieve(PARTITION));
    expect(world.store.cursor(PARTITION)?.spilled?.map(({ fromSeq, toSeq }) => [fromSeq, toSeq])).toEqual([
      [1, 1],
      [3, world.log.stats().lastSeq],
    ]);
    await world.check(spool);
  });
});

function bound(store: MemoryStateStore): Store {
  return {
    checkpoint: (...all) => store.checkpoint(...all),
    read: (...all) => store.read(...all),
    load: (...all) => store.load(...all),
    commit: (...all) => store.commit(...all),
    scan: (...all) => store.scan(...all),
    flushed: () => store.flushed(),
    readSpool: (...all) => store.readSpool(...all),
    cursor: (...all) => store.cursor(...all),
    saveCursor: (...all) => store.saveCursor(...all),
    trimSpool: (...all) => store.trimSpool(...all),
    close: () => store.close(),
  };
}
