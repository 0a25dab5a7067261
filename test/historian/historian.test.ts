import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStateStore, type MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { TesseraError } from '../../src/errors.ts';
import { createHistorian, type Historian } from '../../src/historian/historian.ts';
import { limits } from '../../src/limits.ts';
import type { HistoryRow, HistoryTable } from '../../src/model/effect.ts';
import { packSpool, positionOf, rowKey } from '../../src/model/spool-entry.ts';
import type { History, HistoryBlock } from '../../src/ports/history.ts';
import type { SpoolStore } from '../../src/ports/state.ts';

/** What may happen to one call; `dies` takes the process with it. */
type Fate =
  | 'fine'
  | 'refused'
  | 'answer lost'
  | 'torn'
  | 'half, token forgotten'
  | 'all, token forgotten'
  | 'dies before'
  | 'dies after'
  | 'dies torn'
  | 'dies, half and token forgotten'
  | 'dies, token forgotten';

const FATES: readonly Fate[] = [
  'fine',
  'refused',
  'answer lost',
  'torn',
  'half, token forgotten',
  'all, token forgotten',
  'dies before',
  'dies after',
  'dies torn',
  'dies, half and token forgotten',
  'dies, token forgotten',
];

/** A ClickHouse in miniature: rows, remembered tokens, and a fate per insert. It outlives the processes. */
class FakeHistory implements History {
  readonly rows: string[] = [];
  readonly tokens = new Set<string>();
  readonly blocks = new Map<string, string>();
  fates: Fate[] = [];
  died: () => void = () => {};

  async migrate(): Promise<void> {}
  async blank(): Promise<void> {}

  async erase(): Promise<Readonly<Record<string, number>>> {
    return {};
  }
  async expire(): Promise<number> {
    return 0;
  }
  async query(): Promise<string> {
    return '';
  }
  async close(): Promise<void> {}

  async insert({ table, lines }: HistoryBlock, token: string): Promise<void> {
    const known = this.blocks.get(token);
    if (known !== undefined && !token.includes(':repair')) expect(lines.join('\n')).toBe(known);
    this.blocks.set(token, lines.join('\n'));
    const fate = this.fates.shift() ?? 'fine';
    if (fate !== 'refused' && fate !== 'dies before') this.#take(table, lines, token, fate);
    if (fate.startsWith('dies')) {
      this.died();
      await new Promise(() => {});
    }
    if (fate !== 'fine') throw new TesseraError('history_unavailable', fate);
  }

  #take(table: HistoryTable, lines: readonly string[], token: string, fate: Fate): void {
    if (this.tokens.has(token)) return;
    if (!fate.includes('forgotten')) this.tokens.add(token);
    if (fate.includes('torn')) return;
    const kept = fate.includes('half') ? lines.slice(0, Math.ceil(lines.length / 2)) : lines;
    for (const line of kept) this.rows.push(`${table} ${line}`);
  }

  async present(
    table: HistoryTable,
    partition: number,
    first: number,
    last: number,
  ): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    for (const row of this.rows) {
      const [name, line] = row.split(' ');
      const at = positionOf(line ?? '');
      const inside = name === table && at.partition === partition && at.seq >= first && at.seq <= last;
      if (inside) keys.add(rowKey(at.seq, at.index, at.ordinal));
    }
    return keys;
  }
}

const PARTITION = 'p0';

function entryRows(n: number): HistoryRow[] {
  const rows: HistoryRow[] = [
    { table: 'events', values: [0, n, 0, 0, `e-${n}-0`] },
    { table: 'events', values: [0, n, 1, 0, `e-${n}-1`] },
  ];
  if (n % 2 === 0) rows.push({ table: 'facets', values: [7, n, 1, 1, 'f'] });
  return rows;
}

/** Commits entry `n` as the runner does and returns its size. */
async function spool(
  store: MemoryStateStore,
  n: number,
  rows: readonly HistoryRow[] = entryRows(n),
): Promise<number> {
  const bytes = packSpool(rows);
  const version = store.checkpoint(PARTITION)?.version ?? 0;
  const next = { seq: n, digest: 0, version: version + 1, taken: {}, given: {}, spooled: n };
  expect(await store.commit(PARTITION, { expected: version, next, entries: new Map(), spool: bytes })).toBe(
    'committed',
  );
  return bytes.length;
}

interface Process {
  readonly historian: Historian;
  readonly errors: unknown[];
  readonly pauses: number[];
}

function launch(store: MemoryStateStore, history: History): Process {
  const errors: unknown[] = [];
  const pauses: number[] = [];
  const historian = createHistorian({
    store: store.reopen(),
    history,
    partition: PARTITION,
    space: 'main',
    onError: (error) => errors.push(error),
    pause: async (ms) => {
      pauses.push(ms);
      await turn();
    },
  });
  return { historian, errors, pauses };
}

function expectedRows(entries: number): string[] {
  const rows: string[] = [];
  for (let n = 1; n <= entries; n += 1) {
    for (const { table, values } of entryRows(n)) rows.push(`${table} ${JSON.stringify(values)}`);
  }
  return rows.sort();
}

describe('the historian', () => {
  it('brings every row to history exactly once, whatever inserts and processes suffer', async () => {
    const fates = fc.array(fc.constantFrom(...FATES), { maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(fates, fc.integer({ min: 1, max: 8 }), async (planned, entries) => {
        const store = createMemoryStateStore();
        const history = new FakeHistory();
        history.fates = [...planned];
        for (let n = 1; n <= entries; n += 1) await spool(store, n);
        for (;;) {
          const death = new Promise<boolean>((resolve) => {
            history.died = () => resolve(false);
          });
          const { historian } = launch(store, history);
          await historian.start();
          const finished = await Promise.race([historian.drain(), death]);
          if (!finished) continue;
          await historian.stop();
          break;
        }
        expect([...history.rows].sort()).toEqual(expectedRows(entries));
        expect(store.readSpool(PARTITION, 0, 1e9)).toEqual([]);
        expect(store.cursor(PARTITION)).toEqual({ done: entries });
      }),
      { numRuns: 400 },
    );
  });

  it('follows what is committed while it runs, and counts what waits', async () => {
    const store = createMemoryStateStore();
    const history = new FakeHistory();
    const { historian, errors } = launch(store, history);
    await historian.start();
    expect(await historian.drain()).toBe(true);
    let waiting = 0;
    for (let n = 1; n <= 5; n += 1) {
      const bytes = await spool(store, n);
      waiting += bytes;
      historian.wake(n, bytes);
    }
    expect(historian.spoolLag()).toBeLessThanOrEqual(waiting);
    expect(await historian.drain()).toBe(true);
    expect(historian.stats()).toMatchObject({
      entriesWaiting: 0,
      bytesWaiting: 0,
      rowsInserted: 12,
      failures: 0,
    });
    await historian.stop();
    expect(errors).toEqual([]);
    expect([...history.rows].sort()).toEqual(expectedRows(5));
  });

  it('measures at start what an earlier process left in the spool', async () => {
    const store = createMemoryStateStore();
    const history = new FakeHistory();
    history.fates = ['refused'];
    let bytes = 0;
    for (let n = 1; n <= 3; n += 1) bytes += await spool(store, n);
    const { historian } = launch(store, history);
    await historian.start();
    expect(historian.spoolLag()).toBe(bytes);
    expect(historian.stats().entriesWaiting).toBe(3);
    await historian.drain();
    expect(historian.spoolLag()).toBe(0);
    await historian.stop();
  });

  it('fixes the cut durably before the first insert, and moves the cursor only after the last', async () => {
    const store = createMemoryStateStore();
    const history = new FakeHistory();
    const seen: unknown[] = [];
    const insert = history.insert.bind(history);
    history.insert = async (block, token) => {
      seen.push([token, store.cursor(PARTITION)]);
      await insert(block, token);
    };
    await spool(store, 1);
    await spool(store, 2);
    const { historian } = launch(store, history);
    await historian.start();
    await historian.drain();
    await historian.stop();
    const cursor = { done: 0, cut: { first: 1, last: 2 } };
    expect(seen).toEqual([
      ['main:p0:1-2:events', cursor],
      ['main:p0:1-2:facets', cursor],
    ]);
    expect(store.cursor(PARTITION)).toEqual({ done: 2 });
  });

  it('repairs rows whose token was noted but whose part never came', async () => {
    const store = createMemoryStateStore();
    const history = new FakeHistory();
    history.fates = ['dies torn'];
    await spool(store, 1);
    const first = launch(store, history);
    const death = new Promise<void>((resolve) => {
      history.died = resolve;
    });
    await first.historian.start();
    await death;
    expect(history.rows).toEqual([]);
    const second = launch(store, history);
    await second.historian.start();
    expect(await second.historian.drain()).toBe(true);
    await second.historian.stop();
    expect([...history.rows].sort()).toEqual(expectedRows(1));
    expect([...history.tokens]).toEqual(['main:p0:1-1:events', 'main:p0:1-1:events:repair1']);
    expect(second.historian.stats().rowsRepaired).toBe(2);
  });

  it('keeps trying with growing pauses while history is away, and says so each time', async () => {
    const store = createMemoryStateStore();
    const history = new FakeHistory();
    history.fates = Array.from({ length: 7 }, () => 'refused' as const);
    await spool(store, 1);
    const { historian, errors, pauses } = launch(store, history);
    await historian.start();
    expect(await historian.drain()).toBe(true);
    await historian.stop();
    expect(errors).toHaveLength(7);
    expect(historian.stats().failures).toBe(7);
    expect(pauses.filter((ms) => ms !== limits.historyPauseMs)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
  });

  it('cuts at whole entries within the row limit', async () => {
    const store = createMemoryStateStore();
    const history = new FakeHistory();
    const half = Math.floor(limits.spoolCutRowsMax * 0.6);
    for (let n = 1; n <= 3; n += 1) {
      const rows = Array.from(
        { length: half },
        (_, i): HistoryRow => ({ table: 'events', values: [0, n, i, 0] }),
      );
      await spool(store, n, rows);
    }
    const { historian } = launch(store, history);
    await historian.start();
    await historian.drain();
    await historian.stop();
    expect([...history.tokens]).toEqual(['main:p0:1-1:events', 'main:p0:2-2:events', 'main:p0:3-3:events']);
    expect(history.rows).toHaveLength(3 * half);
  });

  it('stops at once while history is away, tells who waits, and starts again where it was', async () => {
    const store = createMemoryStateStore();
    const history = new FakeHistory();
    history.fates = Array.from({ length: 50 }, () => 'refused' as const);
    await spool(store, 1);
    const { historian } = launch(store, history);
    await historian.start();
    const drained = historian.drain();
    await historian.stop();
    await historian.stop();
    expect(await drained).toBe(false);
    history.fates = [];
    await historian.start();
    expect(await historian.drain()).toBe(true);
    await historian.stop();
    expect([...history.rows].sort()).toEqual(expectedRows(1));
  });
});

/** Holds the n-th call over all of the objects that it is put before, or its answer, until it is let go. */
class Stall {
  readonly #at: number;
  readonly #answered: boolean;
  #calls = 0;
  reached = false;
  release: () => void = () => {};
  readonly #gate = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  constructor(at: number, answered: boolean) {
    this.#at = at;
    this.#answered = answered;
  }

  before<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return async (...all: unknown[]): Promise<unknown> => {
          this.#calls += 1;
          const stalls = this.#calls === this.#at;
          if (stalls && !this.#answered) await this.#wait();
          const answer: unknown = await Reflect.apply(member, target, all);
          if (stalls && this.#answered) await this.#wait();
          return answer;
        };
      },
    });
  }

  async #wait(): Promise<void> {
    this.reached = true;
    await this.#gate;
  }
}

function launchShared(store: SpoolStore, history: History): Process {
  const errors: unknown[] = [];
  const pauses: number[] = [];
  const historian = createHistorian({
    store,
    history,
    partition: PARTITION,
    space: 'main',
    shared: true,
    onError: (error) => errors.push(error),
    pause: async (ms) => {
      pauses.push(ms);
      await turn();
    },
  });
  return { historian, errors, pauses };
}

async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds(); turns += 1) {
    if (turns > 20_000) throw new Error('it never came to be');
    await turn();
  }
}

/** Commits the rows of so many further messages of the log as one entry, as a runner does that cuts its own batches. */
async function addRows(store: MemoryStateStore, messages: number): Promise<void> {
  const from = store.checkpoint(PARTITION);
  const first = (from?.seq ?? 0) + 1;
  const seq = (from?.seq ?? 0) + messages;
  const rows = Array.from({ length: messages }, (_, n) => entryRows(first + n)).flat();
  const spooled = (from?.spooled ?? 0) + 1;
  const next = { seq, digest: 0, version: seq, taken: {}, given: {}, spooled };
  const commit = { expected: from?.version ?? 0, next, entries: new Map(), spool: packSpool(rows) };
  expect(await store.commit(PARTITION, commit)).toBe('committed');
}

function isDone(store: MemoryStateStore): boolean {
  const cursor = store.cursor(PARTITION);
  return cursor?.cut === undefined && (cursor?.done ?? 0) === (store.checkpoint(PARTITION)?.spooled ?? 0);
}

describe('historians of one partition beside each other', () => {
  it.each([false, true])(
    'bring every row to history once, whichever call of one of them stalls (its answer: %s)',
    async (answered) => {
      let conflicts = 0;
      for (let at = 1, reached = true; reached; at += 1) {
        const store = createMemoryStateStore();
        const history = new FakeHistory();
        for (let n = 1; n <= 3; n += 1) await spool(store, n);
        const stall = new Stall(at, answered);
        const stalled = launchShared(stall.before(store.reopen()), stall.before(history));
        const starting = stalled.historian.start();
        await until(() => stall.reached || isDone(store));
        reached = stall.reached;
        for (let n = 4; n <= 5; n += 1) await spool(store, n);
        const other = launchShared(store.reopen(), history);
        await other.historian.start();
        await until(() => isDone(store));
        stall.release();
        await starting;
        for (let n = 6; n <= 7; n += 1) await spool(store, n);
        await until(() => isDone(store));
        // Let whoever was late come to its end.
        for (let turns = 0; turns < 50; turns += 1) await turn();
        await Promise.all([stalled.historian.stop(), other.historian.stop()]);
        expect([...history.rows].sort(), `stalled at call ${at}`).toEqual(expectedRows(7));
        for (const error of [...stalled.errors, ...other.errors]) {
          expect(error).toMatchObject({ code: 'commit_conflict', retryable: true });
          conflicts += 1;
        }
      }
      expect(conflicts).toBeGreaterThan(0);
    },
  );

  it('bring every row to history once although the store steps back and cuts its batches anew', async () => {
    const step = fc.record({
      what: fc.constantFrom('spool', 'spool', 'turn', 'turn', 'keep', 'step back'),
      size: fc.constantFrom(1, 1, 1, 2, 8),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const store = createMemoryStateStore();
        const history = new FakeHistory();
        const { historian } = launchShared(slow(store), history);
        await historian.start();
        let kept = store.snapshot(PARTITION);
        for (const { what, size } of steps) {
          if (what === 'spool') await addRows(store, size);
          else if (what === 'keep') kept = store.snapshot(PARTITION);
          else if (what === 'step back') store.rollback(PARTITION, kept);
          else for (let turns = 0; turns < size * 8; turns += 1) await turn();
        }
        // A commit after the last step back: what went to history before it has been folded again by then.
        while ((store.checkpoint(PARTITION)?.seq ?? 0) < 350) {
          await addRows(store, 5);
          await turn();
        }
        await until(() => isDone(store));
        await historian.stop();
        const last = store.checkpoint(PARTITION)?.seq ?? 0;
        expect([...history.rows].sort()).toEqual(expectedRows(last));
      }),
      { numRuns: 150 },
    );
  });

  it('tell apart what came under the same numbers before and after the store stepped back', async () => {
    const store = createMemoryStateStore();
    const history = new FakeHistory();
    const start = store.snapshot(PARTITION);
    const { historian } = launchShared(store.reopen(), history);
    await historian.start();
    const bring = async (size: number): Promise<void> => {
      await addRows(store, size);
      await until(() => isDone(store));
    };
    for (let n = 1; n <= 6; n += 1) await bring(1);
    store.rollback(PARTITION, start);
    await bring(8);
    for (let n = 2; n <= 7; n += 1) await bring(1);
    await historian.stop();
    expect([...history.rows].sort()).toEqual(expectedRows(14));
  });

  it('insert what the spool holds once the cut is written down, not what it held before', async () => {
    const store = createMemoryStateStore();
    const history = new FakeHistory();
    let between: () => Promise<void> = async () => {};
    const watched = new Proxy<SpoolStore>(store, {
      get:
        (target, name) =>
        async (...all: unknown[]) => {
          if (name === 'saveCursor') await between();
          return await Reflect.apply(Reflect.get(target, name, target), target, all);
        },
    });
    const { historian } = launchShared(watched, history);
    await historian.start();
    await addRows(store, 1);
    await until(() => isDone(store));
    const kept = store.snapshot(PARTITION);
    between = async () => {
      between = async () => {};
      store.rollback(PARTITION, kept);
      await addRows(store, 5);
      await addRows(store, 1);
    };
    await addRows(store, 1);
    await addRows(store, 1);
    await until(() => isDone(store));
    await historian.stop();
    expect([...history.rows].sort()).toEqual(expectedRows(7));
  });

  it('wait for a store that is away when they start', async () => {
    const store = createMemoryStateStore();
    const history = new FakeHistory();
    await spool(store, 1);
    let away = 3;
    const flaky = new Proxy<SpoolStore>(store, {
      get: (target, name) => (away-- > 0 ? unavailable : Reflect.get(target, name, target).bind(target)),
    });
    const { historian, errors } = launchShared(flaky, history);
    await historian.start();
    await until(() => isDone(store));
    await historian.stop();
    expect(errors).toHaveLength(3);
    expect([...history.rows].sort()).toEqual(expectedRows(1));
  });
});

/** Whatever else goes on gets its turn between any two calls. */
function slow(store: SpoolStore): SpoolStore {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...all: unknown[]): Promise<unknown> => {
        await turn();
        const answer: unknown = await Reflect.apply(member, target, all);
        await turn();
        return answer;
      };
    },
  });
}

async function unavailable(): Promise<never> {
  throw new TesseraError('state_unavailable');
}
