import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStateStore, type MemoryStateStore } from '../src/adapters/memory/state-store.ts';
import { TesseraError } from '../src/errors.ts';
import { createHistorian, type Historian } from '../src/historian.ts';
import { limits } from '../src/limits.ts';
import type { HistoryRow, HistoryTable } from '../src/model/effect.ts';
import { packSpool, positionOf, rowKey } from '../src/model/spool-entry.ts';
import type { History, HistoryBlock } from '../src/ports/history.ts';

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
