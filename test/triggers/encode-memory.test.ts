import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TriggerMatch, TriggerMemory } from '../../src/model/profile.ts';
import { packMemories, unpackMemories } from '../../src/triggers/encode-memory.ts';

const SEED = 20_261_123;
const NOW = Date.UTC(2026, 10, 23);

describe('what triggers remember, as it is stored', () => {
  const facets = ['a', 'b'];
  /** Few events, so that several triggers and steps remember the same; two identifiers may share a cause. */
  const match = fc.record({
    step: fc.integer({ min: -101, max: 4 }),
    time: fc.integer({ min: NOW, max: NOW + 2 }),
    cause: fc.constantFrom('web\0e1', 'web\0e2', 'pos\0e1'),
    key: fc.option(fc.constantFrom('', 'spu-1', '3:spu7')),
    facet: fc.constantFrom('a', 'b', 'a~1'),
  });
  const pending = fc.record(
    {
      key: fc.constantFrom('', 'spu-1'),
      time: fc.integer({ min: NOW, max: NOW + 2 }),
      due: fc.integer({ min: NOW + 3, max: NOW + 9 }),
      cause: fc.constant('web\0e1'),
      facet: fc.constantFrom('', 'a', 'a~1'),
      last: fc.constant('web\0e2'),
      event: fc.constant('{"id":"e1"}'),
      tooLarge: fc.constant(true as const),
    },
    { requiredKeys: ['key', 'time', 'due', 'cause', 'facet'] },
  );
  const memory: fc.Arbitrary<TriggerMemory> = fc.record(
    {
      under: fc.constant('v1'),
      matches: fc.array(match, { maxLength: 8 }),
      pending: fc.array(pending, { maxLength: 3 }),
      done: fc.array(fc.constant('2026-11-23'), { maxLength: 2 }),
    },
    { requiredKeys: ['matches', 'pending'] },
  );

  it('is what it was, whatever the triggers share', () => {
    const memories = fc.dictionary(fc.constantFrom('t1', 't2', 't3'), memory, { noNullPrototype: true });
    const property = fc.property(memories, (all) => {
      const triggers = new Map(Object.entries(all));
      const stored = JSON.parse(JSON.stringify(packMemories(triggers, facets)));
      expect(unpackMemories(stored, facets)).toEqual({ triggers, fired: [] });
      expect(packMemories(unpackMemories(stored, facets).triggers, facets)).toEqual(stored);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });

  it('holds an event once, however many triggers remember it', () => {
    const one: TriggerMatch = { step: 0, time: NOW, cause: 'web\0e1', key: '', facet: 'a' };
    const remembered = (): TriggerMemory => ({ under: 'v1', matches: [{ ...one }], pending: [] });
    const triggers = new Map(['t1', 't2', 't3'].map((name) => [name, remembered()]));
    expect(JSON.stringify(packMemories(triggers, facets)).split('e1')).toHaveLength(2);
  });

  it('is read in the forms that it was stored in before', () => {
    const matches = [0, NOW, 'web\0e1', '', 0, -1, NOW + 1, 'web\0e2', null, 'a~1'];
    const event = { id: 'e1', type: 'product_added' };
    const { triggers, fired } = unpackMemories(
      [
        ['wide', 'v1', matches, [['', NOW, NOW + 9, 'web\0e1', 0, null, event as never, false]]],
        ['counted', [NOW], NOW + 1, NOW + 2],
      ],
      facets,
    );
    expect(triggers.get('wide')).toEqual({
      under: 'v1',
      matches: [
        { step: 0, time: NOW, cause: 'web\0e1', key: '', facet: 'a' },
        { step: -1, time: NOW + 1, cause: 'web\0e2', key: null, facet: 'a~1' },
      ],
      pending: [
        { key: '', time: NOW, due: NOW + 9, cause: 'web\0e1', facet: 'a', event: JSON.stringify(event) },
      ],
    });
    expect(triggers.get('counted')?.matches.map(({ step, time }) => [step, time])).toEqual([
      [0, NOW],
      [-1, NOW + 1],
    ]);
    expect(fired).toMatchObject([{ trigger: 'counted', at: NOW + 2 }]);
  });
});
