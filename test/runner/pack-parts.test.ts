import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { expect, it } from 'vitest';
import { Parts } from '../../src/model/parts.ts';
import { type Means, packParts, unpackParts } from '../../src/runner/pack-parts.ts';
import { partsOf } from '../support/parts-of.ts';

interface Part {
  n: number;
  text: string;
}

const packr = new Packr({ useRecords: false, variableMapSize: true });
const means = (notes: boolean): Means<Part> => ({
  form: {
    encode: ({ n, text }) => (n < 0 ? undefined : [n, text]),
    decode: (data) => ({ n: (data as [number, string])[0], text: (data as [number, string])[1] }),
    ...(notes ? { noteOf: ({ n }: Part) => (n === 0 ? undefined : n) } : {}),
  },
  packing: { pack: (value) => packr.pack(value), unpack: (bytes, range) => packr.unpack(bytes, range) },
});

const key = fc.nat(12);
const part = fc.record({
  n: fc.integer({ min: -1, max: 9_000_000_000 }),
  text: fc.oneof(fc.string({ maxLength: 4 }), fc.string({ minLength: 60, maxLength: 90 })),
});
const step = fc.oneof(
  fc.record({ what: fc.constant('set' as const), key, part }),
  fc.record({ what: fc.constant('change' as const), key, part }),
  fc.record({
    what: fc.constantFrom('peek' as const, 'get' as const, 'has' as const, 'delete' as const),
    key,
  }),
  fc.record({
    what: fc.constantFrom(
      'pack' as const,
      'again' as const,
      'list' as const,
      'least' as const,
      'clear' as const,
    ),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

const noteOf = ({ n }: Part): number | undefined => (n === 0 ? undefined : n);
const kept = (model: Map<number, Part>): [number, Part][] => [...model].filter(([, { n }]) => n >= 0);

/** What happens to the parts and to a plain map, which is the oracle. */
class World {
  readonly means: Means<Part>;
  readonly model = new Map<number, Part>();
  parts = new Parts<number, Part>();

  constructor(notes: boolean) {
    this.means = means(notes);
  }

  take(each: Step): void {
    const { parts, model } = this;
    switch (each.what) {
      case 'set':
        parts.set(each.key, { ...each.part });
        model.set(each.key, { ...each.part });
        break;
      case 'change':
        Object.assign(parts.get(each.key) ?? {}, each.part);
        Object.assign(model.get(each.key) ?? {}, each.part);
        break;
      case 'peek':
      case 'get':
        expect(parts[each.what](each.key)).toEqual(model.get(each.key));
        break;
      case 'has':
      case 'delete':
        expect(parts[each.what](each.key)).toBe(model[each.what](each.key));
        break;
      case 'list':
        expect([...parts]).toEqual([...model]);
        expect(parts.size).toBe(model.size);
        break;
      case 'least': {
        const notes = [...model.values()].flatMap((one) => noteOf(one) ?? []);
        if (this.means.form.noteOf !== undefined)
          expect(parts.least(noteOf)).toBe(notes.length === 0 ? undefined : Math.min(...notes));
        break;
      }
      case 'clear':
        parts.clear();
        model.clear();
        break;
      default:
        this.#store(each.what);
    }
  }

  /** Both go on with what was stored: the old parts on the new bytes, or new ones that were read from them. */
  #store(how: 'pack' | 'again'): void {
    const rest = kept(this.model);
    const bytes = packParts(this.parts, this.parts.keys(), this.means);
    expect(Buffer.from(bytes)).toEqual(
      Buffer.from(
        packParts(
          partsOf(rest),
          rest.map(([each]) => each),
          this.means,
        ),
      ),
    );
    if (how === 'again') this.parts = unpackParts(bytes, this.means);
    this.model.clear();
    for (const [each, one] of rest) this.model.set(each, one);
  }
}

it('parts are a map, whichever of them are packed, and equal ones have equal bytes', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (notes, steps) => {
      const world = new World(notes);
      for (const each of steps) world.take(each);
      expect([...world.parts]).toEqual([...world.model]);
    }),
    { numRuns: 1_000 },
  );
});

it('parts that are not wanted are left out, in the order that is wanted', () => {
  const parts = partsOf([3, 1, 2].map((n) => [n, { n, text: `t${n}` }] as const));
  const bytes = packParts(parts, [1, 3, 4], means(false));
  expect([...unpackParts<number, Part>(bytes, means(false))].map(([each]) => each)).toEqual([1, 3]);
  expect(parts.keys()).toEqual([1, 3]);
});

it('what was only looked at keeps its bytes, whatever has become of it', () => {
  const stored = packParts(partsOf([[1, { n: 1, text: 'one' }]]), [1], means(true));
  const parts = unpackParts<number, Part>(stored, means(true));
  const looked = parts.peek(1) as Part;
  looked.text = 'two';
  expect(Buffer.from(packParts(parts, [1], means(true)))).toEqual(Buffer.from(stored));
});
