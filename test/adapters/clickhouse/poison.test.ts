import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClickHouseHistory } from '../../../src/adapters/clickhouse/history.ts';
import type { Event } from '../../../src/model/event.ts';
import type { JsonValue } from '../../../src/model/json.ts';
import type { History } from '../../../src/ports/history.ts';
import { AT, eventLine, sampleEvent, scalar } from '../../conformance/history-samples.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

/** What a client can make of a field: any text, numbers of any size, structures, nothing. */
const anyValue: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\u0000', '\u2028', '\ud800', 'a\udfff', '\t\n\\"', "'; DROP TABLE events; --", '{"a":1}'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.constantFrom(null, true, 1e300, -1e300, 5e-324, 0.1, -0, Number.MAX_SAFE_INTEGER),
  fc.jsonValue({ maxDepth: 2 }).map((value) => value as JsonValue),
);

const product = fc.record(
  {
    item_id: anyValue,
    variant_id: anyValue,
    category: anyValue,
    brand: anyValue,
    quantity: anyValue,
    price: anyValue,
    amount: anyValue,
    kind: anyValue,
  },
  { requiredKeys: [] },
);

const hostileEvent: fc.Arbitrary<Partial<Event>> = fc.record({
  type: fc.string({ maxLength: 64 }),
  time: fc.integer({ min: 0, max: AT }),
  source: fc.string({ unit: 'binary', maxLength: 64 }),
  currency: fc.constantFrom('CNY', 'JPY', 'KWD', 'CLF', 'ZZZ', ''),
  properties: fc.record(
    {
      item_id: anyValue,
      category: anyValue,
      price: anyValue,
      store: anyValue,
      products: fc.oneof(fc.array(fc.oneof(product, anyValue), { maxLength: 4 }), anyValue),
    },
    { requiredKeys: [] },
  ),
});

describe('a hostile event', () => {
  let directory: TemporaryDirectory;
  let history: History;
  beforeAll(async () => {
    directory = createTemporaryDirectory();
    history = await openClickHouseHistory({
      address: { kind: 'chdb', path: directory.path },
      database: 'main_tessera',
    });
    await history.migrate();
  });
  afterAll(async () => {
    await history.close();
    directory.remove();
  });

  it('never holds up the rows behind it, and keeps its text', async () => {
    let seq = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(hostileEvent, { minLength: 1, maxLength: 60 }), async (changes) => {
        seq += 1;
        const events = changes.map((change, i) => sampleEvent(`h-${i}`, change));
        const lines = events.map((event, i) => eventLine(seq, i, event));
        await history.insert({ table: 'events', lines }, `poison:${seq}`);
        expect(await scalar(history, `SELECT count() FROM events WHERE seq = ${seq}`)).toBe(
          String(lines.length),
        );
        const raw = await history.query(
          `SELECT raw FROM events WHERE seq = ${seq} ORDER BY idx`,
          'JSONCompactEachRow',
        );
        const texts = raw
          .trimEnd()
          .split('\n')
          .map((line) => String((JSON.parse(line) as unknown[])[0]));
        expect(texts).toEqual(events.map((event) => JSON.stringify(event)));
      }),
      { numRuns: 40 },
    );
  });
});
