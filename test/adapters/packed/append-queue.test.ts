import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendBytes, type PendingAppend, planMessages } from '../../../src/adapters/packed/append-queue.ts';
import { limits } from '../../../src/limits.ts';

/** Sizes around the limits; records of one byte count where many records matter. */
const size = fc.oneof(
  fc.nat(200),
  fc.integer({ min: 200_000, max: 600_000 }),
  fc.constant(limits.messageBytesMax + 1),
);
const call = fc.oneof(
  fc.array(size, { minLength: 1, maxLength: 6 }),
  fc.integer({ min: 500, max: 2_500 }).map((count) => Array.from({ length: count }, () => 1)),
);

describe('the plan of a transaction', () => {
  it('loses and reorders nothing, respects the limits, and splits only calls that need it', () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 6 }), (calls) => {
        const appends = calls.map(pending);
        const { messages, positions } = planMessages(appends, 10);
        const planned = messages.flatMap(({ records }) => records);
        const given = appends.flatMap(({ records }) => records);
        // By identity: comparing megabytes of zeros would prove less and take minutes.
        expect(planned.length === given.length && planned.every((record, at) => record === given[at])).toBe(
          true,
        );
        for (const { records } of messages) {
          expect(records.length).toBeGreaterThan(0);
          expect(records.length).toBeLessThanOrEqual(limits.messageRecordsMax);
          expect(records.length === 1 || appendBytes(records) <= limits.messageBytesMax).toBe(true);
        }
        for (const [index, append] of appends.entries()) {
          const own = positions[index] ?? [];
          const found = own.map((position) => messages[position.seq - 10]?.records[position.index]);
          expect(found.every((record, at) => record === append.records[at])).toBe(true);
          const fits =
            append.records.length <= limits.messageRecordsMax && append.bytes <= limits.messageBytesMax;
          if (fits) expect(new Set(own.map(({ seq }) => seq)).size).toBe(1);
        }
      }),
      { numRuns: 60 },
    );
  });
});

function pending(sizes: readonly number[]): PendingAppend {
  const records = sizes.map((bytes) => new Uint8Array(bytes));
  return { records, bytes: appendBytes(records), resolve: () => undefined, reject: () => undefined };
}
