import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { Definitions } from '../../src/definitions/definitions.ts';
import { compileFeatures } from '../../src/features/compile.ts';
import { addEvent } from '../../src/features/update.ts';
import type { Facet } from '../../src/model/profile.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { applyItems } from '../../src/profile/items.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { endOfPacked } from '../../src/runner/skip-packed.ts';
import { eventOf } from '../support/fold-world.ts';

const packr = new Packr({ useRecords: false, variableMapSize: true });

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }),
  fc.array(fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger(), fc.constant(undefined)), {
    maxLength: 40,
  }),
  fc.uint8Array({ maxLength: 300 }),
  fc.integer({ min: 0, max: 70_000 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 0, max: 70_000 }).map((length) => new Array<number>(length).fill(1)),
  fc.dictionary(fc.string(), fc.integer(), { maxKeys: 40 }),
  fc.date({ noInvalidDate: true }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);

describe('skipping what is packed', () => {
  it('ends where the value does, whatever it is, and notices what is cut off', () => {
    fc.assert(
      fc.property(value, fc.nat(20), (each, before) => {
        const packed = Buffer.from(packr.pack(each));
        const bytes = Buffer.concat([Buffer.alloc(before), packed, Buffer.from([0xc0, 0x01])]);
        expect(endOfPacked(bytes, before)).toBe(before + packed.byteLength);
        expect(() => endOfPacked(packed.subarray(0, -1), 0)).toThrow(/in the middle of a value/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the facts of a facet', () => {
  it('are all of it but what features have counted', () => {
    const definitions = new Definitions({ reportingCurrency: 'CNY' });
    const features = compileFeatures(
      [
        {
          number: 1,
          createdAt: 0,
          origin: true,
          definition: { name: 'views', on: ['product_viewed'], aggregate: 'count', window: 'lifetime' },
        },
        {
          number: 2,
          createdAt: 0,
          origin: true,
          definition: {
            name: 'seen',
            on: ['product_viewed'],
            window: 'lifetime',
            aggregate: 'distinct',
            of: 'properties.item_id',
          },
        },
      ],
      { reportingCurrency: 'CNY' },
    );
    definitions.features = features;
    const facet: Facet = emptyFacet('f1');
    for (let n = 0; n < 40; n++) {
      const event = eventOf(`e${n}`, ['u1'], {
        type: 'product_viewed',
        time: n,
        properties: { item_id: `i${n}` },
      });
      applyItems(facet, event);
      addEvent(features, facet, event, 1_000);
    }
    expect(facet.aggregates.size).toBe(2);
    const codec = createEntryCodec(definitions);
    const bytes = codec.encode('f/p/f1', facet);
    expect(codec.decodeFacts?.('f/p/f1', bytes)).toEqual({
      ...codec.decode('f/p/f1', bytes),
      aggregates: new Map(),
    });
  });
});
