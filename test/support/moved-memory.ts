import type { TriggerMatch, TriggerMemory } from '../../src/model/profile.ts';
import type { MovedMemory } from '../../src/profile/moves.ts';
import { partMemory, renameFacet, takeMemory, uniteMemory } from '../../src/triggers/carry-memory.ts';
import { compileTriggers } from '../../src/triggers/compile.ts';

const looks = compileTriggers([
  {
    version: '1',
    definition: {
      name: 'looks',
      purpose: 'service',
      on: { count: 3, of: { event: 'product_viewed' }, within: '1d', unless: { event: 'order_completed' } },
      action: { channel: 'none' },
    },
  },
]);

/** What becomes of the memory of a trigger `looks`, as the pipeline has it done. */
export const movedMemory: MovedMemory = {
  take: takeMemory,
  part: partMemory,
  rename: renameFacet,
  unite: (header, carried) => uniteMemory(header, carried, looks),
};

/** Matches at these times, of the facet `x`, and an order before which nothing counts. */
export function memoryOfLooks(times: readonly number[], unlessAt?: number): TriggerMemory {
  const matches: TriggerMatch[] = times.map((time) => matchAt(time, 0));
  if (unlessAt !== undefined) matches.push({ ...matchAt(unlessAt, -1), key: null });
  return { matches: matches.sort((a, b) => a.time - b.time), pending: [] };
}

function matchAt(time: number, step: number): TriggerMatch {
  return { step, time, cause: `web\0e${time}`, key: '', facet: 'x' };
}
