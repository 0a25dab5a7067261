import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesIn } from '../../../src/cli/send/batches-in.ts';
import { limits } from '../../../src/limits.ts';

describe('the bodies that events are sent in', () => {
  it('are one for a document, whose bytes stay what they are', () => {
    for (const [text, events] of [
      ['{"price": 0.10}\n', 1],
      ['[{"n": 12345678901234567890}, {}]', 2],
    ] as const)
      expect(batchesIn(text)).toEqual([{ type: 'application/json', content: text, events }]);
  });

  it('hold every line of NDJSON once and in order, and no more than a request may', () => {
    const line = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom('{"a":1}', '', '  ', 'not JSON', '{"n":1.10}') },
      { weight: 1, arbitrary: fc.nat(300_000).map((size) => `"${'é'.repeat(size)}"`) },
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 2, maxLength: 60 }), fc.nat(3_000), (some, many) => {
        const lines = [...some, 'x', ...Array.from({ length: many }, () => '{}')];
        const batches = batchesIn(lines.join('\n'));
        const kept = lines.filter((each) => each.trim() !== '');
        expect(batches.flatMap(({ content }) => content.split('\n'))).toEqual(kept);
        for (const { content, events } of batches) {
          expect(events).toBe(content.split('\n').length);
          expect(events).toBeLessThanOrEqual(limits.batchEventsMax);
          expect(Buffer.byteLength(content)).toBeLessThanOrEqual(limits.bodyBytesMax);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('are refused where there is nothing', () => {
    for (const text of ['', ' \n\n ']) expect(() => batchesIn(text)).toThrow('There is no event in it.');
  });
});
