import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PastInteractions } from '../../src/background/past-interactions.ts';
import { TesseraError } from '../../src/errors.ts';
import type { Interaction } from '../../src/model/recommendation.ts';
import type { History } from '../../src/ports/history.ts';
import { createHistoryPlace, type EngineWithHistory } from '../support/engine-with-history.ts';

const place = createHistoryPlace();
afterAll(() => place.remove());

const GAPS = [{ partition: 0, after: 0, upTo: 1_000_000 }];
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
/** Two days, the second of which is busy: one hour, one minute and one second of it more than others. */
const OFFSETS = [
  ...[0, 3 * HOUR],
  ...[24 * HOUR, 26 * HOUR, 26 * HOUR + SECOND, 26 * HOUR + 90 * SECOND, 26 * HOUR + 91 * SECOND],
  ...Array.from({ length: 7 }, () => 27 * HOUR),
  27 * HOUR + 1,
  29 * HOUR,
];

describe('what history has taught', () => {
  let engine: EngineWithHistory;
  let expected: readonly string[];
  beforeAll(async () => {
    engine = await place.open('past');
    const begin = Math.floor(engine.clock.now() / (24 * HOUR)) * 24 * HOUR - 48 * HOUR;
    const events = OFFSETS.map((offset, n) => ({
      ...{ id: `e${n}`, type: 'product_viewed', identifiers: { user_id: 'u1' } },
      time: new Date(begin + offset).toISOString(),
      properties: { item_id: `i${n}` },
    }));
    // History learns of them in another order than that of time.
    for (const event of [...events.slice(9), ...events.slice(0, 9)]) await engine.send([event]);
    await engine.settle();
    expected = itemsOf(await readAll(new PastInteractions(engine.history, { gaps: GAPS, teachers: 'all' })));
    const ofSecond = expected.slice(7, 14).sort();
    expect([...expected.slice(0, 7), ...ofSecond, ...expected.slice(14)].sort()).toEqual(
      events.map(({ properties }) => properties.item_id).sort(),
    );
    expect(expected.slice(0, 7)).toEqual(['i0', 'i1', 'i2', 'i3', 'i4', 'i5', 'i6']);
    expect(expected.slice(14)).toEqual(['i14', 'i15']);
  });

  it.each([1, 2, 3, 5, 7, 100])(
    'comes once and in the order of time, in pages of %d rows',
    async (pageRows) => {
      const past = new PastInteractions(
        engine.history,
        { gaps: GAPS, teachers: 'all' },
        { rows: 1_000, pageRows },
      );
      const pages = await readAll(past);
      expect(itemsOf(pages)).toEqual(expected);
      expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(pageRows);
      expect(past.rowsLeft).toBe(0);
    },
  );

  it.each([
    [1, 1],
    // The second before has eight.
    [2, 1],
    [8, 1],
    [9, 9],
    [11, 11],
    [15, 15],
  ])('is of no more than the newest %d rows', async (rows, read) => {
    const pages = await readAll(
      new PastInteractions(engine.history, { gaps: GAPS, teachers: 'all' }, { rows, pageRows: 3 }),
    );
    expect(itemsOf(pages)).toEqual(expected.slice(-read));
  });

  it('is asked for in smaller pages where an answer cannot hold one', async () => {
    const small: Pick<History, 'query'> = {
      query: async (sql, format) => {
        if (sql.includes('item_ids') && Number(/LIMIT (\d+)$/.exec(sql)?.[1]) > 2)
          throw new TesseraError('sql_error', 'Limit for result exceeded');
        return await engine.history.query(sql, format);
      },
    };
    const pages = await readAll(
      new PastInteractions(small, { gaps: GAPS, teachers: 'all' }, { rows: 1_000, pageRows: 8 }),
    );
    expect(itemsOf(pages)).toEqual(expected);
  });

  it('goes on where it was after any failure', async () => {
    let asked = 0;
    const shaky: Pick<History, 'query'> = {
      query: async (sql, format) => {
        if (asked++ % 2 === 0) throw new TesseraError('history_unavailable');
        return await engine.history.query(sql, format);
      },
    };
    const past = new PastInteractions(shaky, { gaps: GAPS, teachers: 'all' }, { rows: 1_000, pageRows: 3 });
    const pages: (readonly Interaction[])[] = [];
    for (let n = 0; n < 500; n++) {
      const page = await past.next().catch(() => []);
      if (page === undefined) break;
      pages.push(page);
    }
    expect(itemsOf(pages)).toEqual(expected);
    expect(past.rowsLeft).toBe(0);
  });
});

async function readAll(past: PastInteractions): Promise<(readonly Interaction[])[]> {
  const pages: (readonly Interaction[])[] = [];
  for (let page = await past.next(); page !== undefined; page = await past.next()) pages.push(page);
  return pages;
}

function itemsOf(pages: readonly (readonly Interaction[])[]): string[] {
  return pages.flat().flatMap(({ items }) => items.map(({ item }) => item));
}
