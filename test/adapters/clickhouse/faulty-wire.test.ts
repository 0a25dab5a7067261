import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClickHouseHistory } from '../../../src/adapters/clickhouse/history.ts';
import { type HistoryFront, startHistoryFront } from '../../../src/adapters/clickhouse/history-front.ts';
import { createMemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { createHistorian } from '../../../src/historian/historian.ts';
import type { HistoryRow } from '../../../src/model/effect.ts';
import { facetRow } from '../../../src/model/history-rows.ts';
import { packSpool } from '../../../src/model/spool-entry.ts';
import { eventLine } from '../../conformance/history-samples.ts';
import { type Fate, fates, startFaultyWire } from '../../support/faulty-wire.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const KEY = 'key-of-the-front';
const ENTRIES = 6;
const ROWS_PER_ENTRY = 20;
/** Long enough for a busy machine to create tables; each insert that is too slow costs as much. */
const GIVE_UP_MS = 2_500;

/** What befalls the inserts of one run; one of them is too slow. */
const story = fc
  .tuple(
    fc.array(fc.constantFrom<Fate>(...fates.filter((fate) => fate !== 'too slow')), {
      minLength: 4,
      maxLength: 12,
    }),
    fc.nat({ max: 4 }),
  )
  .map(([others, at]): Fate[] => others.toSpliced(at, 0, 'too slow'));

function entryRows(n: number): HistoryRow[] {
  const rows: HistoryRow[] = [];
  for (let i = 0; i < ROWS_PER_ENTRY; i += 1) {
    // The line is JSON of exactly such a list of values.
    rows.push({ table: 'events', values: JSON.parse(eventLine(n, i)) as unknown[] });
  }
  const cause = { partition: 0, seq: n, index: 0, ordinal: 1 };
  rows.push(facetRow({ facetId: `f-${n}`, profileId: 'p', change: 'created', at: n, cause }));
  return rows;
}

describe('a historian on a wire that cuts, fails and hangs', () => {
  let directory: TemporaryDirectory;
  let front: HistoryFront;
  beforeAll(async () => {
    directory = createTemporaryDirectory();
    front = await startHistoryFront({
      path: directory.path,
      database: 'default',
      port: 0,
      writable: true,
      authorize: (password) => password === KEY,
    });
  });
  afterAll(async () => {
    await front.stop();
    directory.remove();
  });

  let runs = 0;
  it('brings each row over exactly once, with identical blocks, whatever happens to its inserts', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (befalls) => {
        runs += 1;
        const target = new URL(front.url);
        target.username = 'default';
        target.password = KEY;
        const wire = await startFaultyWire(target.href);
        wire.fates.push(...befalls);
        const database = `wire_${runs}`;
        const address = { kind: 'http', url: wire.url } as const;
        const history = await openClickHouseHistory({ address, database, timeoutMs: GIVE_UP_MS });
        const store = createMemoryStateStore();
        const errors: unknown[] = [];
        const historian = createHistorian({
          store,
          history,
          partition: 'p0',
          space: database,
          onError: (error) => errors.push(error),
          pause: async () => await turn(),
        });
        await historian.start();
        for (let n = 1; n <= ENTRIES; n += 1) {
          const next = { seq: n, digest: 0, version: n, taken: {}, given: {}, spooled: n };
          const spool = packSpool(entryRows(n));
          await store.commit('p0', { expected: n - 1, next, entries: new Map(), spool });
          historian.wake(n, spool.length);
          if (n % 2 === 0) await historian.drain();
        }
        await wire.settled();
        const counts = await history.query(
          'SELECT count(), uniqExact(seq, idx, ord) FROM events UNION ALL SELECT count(), uniqExact(seq, idx, ord) FROM facets',
          'TSV',
        );
        const rows = ENTRIES * ROWS_PER_ENTRY;
        expect(counts.trim().split('\n').sort()).toEqual(
          [`${rows}\t${rows}`, `${ENTRIES}\t${ENTRIES}`].sort(),
        );
        for (const [token, bodies] of wire.tries) {
          expect([token, new Set(bodies).size]).toEqual([token, 1]);
        }
        for (const error of errors) expect(error).toMatchObject({ code: 'history_unavailable' });
        await historian.stop();
        await history.close();
        await wire.stop();
      }),
      { numRuns: 5, endOnFailure: true },
    );
  }, 120_000);
});
