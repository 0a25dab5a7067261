import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { createFusedEngine } from '../support/fused-engine.ts';
import { shoppingEvents } from '../support/shopping-events.ts';

/** Batches as they arrive, with pauses between them. */
const traffic = fc.array(
  fc.record({
    events: shoppingEvents,
    pauseMs: fc.integer({ min: 0, max: 3 * 86_400_000 }),
    secret: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

describe('a replay of the log', () => {
  it('gives the same bytes of state and the same history rows, however the live run was cut into batches', async () => {
    await fc.assert(
      fc.asyncProperty(traffic, async (batches) => {
        const live = await createFusedEngine({ cacheBytes: 2_000 });
        for (const { events, pauseMs, secret } of batches) {
          await live.send(events as readonly JsonObject[], secret ? 'secret' : 'write');
          live.clock.advance(pauseMs);
        }
        const replayed = await createFusedEngine({ log: live.log, parse: true });
        await replayed.drain();
        expect(replayed.state()).toEqual(live.state());
        expect(replayed.rows()).toBe(live.rows());
      }),
      { numRuns: 40 },
    );
  });
});
