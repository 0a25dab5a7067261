import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFeatures } from '../src/features/read.ts';
import { facetKeyOf } from '../src/model/facet-id.ts';
import type { Person } from '../src/model/identity.ts';
import type { IdentityPolicy } from '../src/model/identity-policy.ts';
import type { Facet } from '../src/model/profile.ts';
import type { IdentityCommand, LogRecord } from '../src/model/record.ts';
import { readConsents, readRegisters } from '../src/profile/registers.ts';
import { createFusedEngine, type FusedEngine, START_MS } from './support/fused-engine.ts';
import { eventsOf, poolOf, type SentEvent } from './support/identity-events.ts';
import { changesOf, describePeople, entriesOf, peopleOf, replayWith } from './support/identity-state.ts';

/** Failures print the seed; `IDENTITY_RUNS` runs more. */
const RUNS = Number(process.env.IDENTITY_RUNS ?? 40);
const MINUTE_MS = 60_000;
const READ_AT_MS = START_MS + 86_400_000;

/** Sends the events in this order; a true at an event begins a new request, and so does another key. */
async function play(events: readonly SentEvent[], cuts: readonly boolean[]): Promise<FusedEngine> {
  const engine = await createFusedEngine({ cacheBytes: 3_000 });
  let request: SentEvent[] = [];
  const flush = async (): Promise<void> => {
    const [first] = request;
    if (first === undefined) return;
    // Admission takes the events over, and the same ones are sent again in other orders.
    await engine.send(
      request.map(({ event }) => structuredClone(event)),
      first.as,
    );
    engine.clock.advance(MINUTE_MS);
    request = [];
  };
  for (const [i, each] of events.entries()) {
    if (cuts[i] === true || request[0]?.as !== each.as) await flush();
    request.push(each);
  }
  await flush();
  return engine;
}

const scene = eventsOf([poolOf(1), poolOf(2), poolOf(3)]).chain((events) =>
  fc.record({
    events: fc.constant(events),
    orders: fc.array(
      fc.record({
        order: fc.shuffledSubarray([...events.keys()], { minLength: events.length }),
        cuts: fc.array(fc.boolean(), { minLength: events.length, maxLength: events.length }),
      }),
      { minLength: 3, maxLength: 3 },
    ),
  }),
);

describe('the same events in any order and any requests', () => {
  it('make the same people with the same features, wherever nothing conflicts', async () => {
    let compared = 0;
    let conflicting = 0;
    await fc.assert(
      fc.asyncProperty(scene, async ({ events, orders }) => {
        const found = new Set<string>();
        for (const { order, cuts } of orders) {
          const engine = await play(
            order.map((i) => events[i] as SentEvent),
            cuts,
          );
          if (changesOf(engine).length > 0) {
            conflicting++;
            continue;
          }
          compared++;
          engine.clock.set(READ_AT_MS);
          found.add((await describePeople(engine)).join('\n'));
        }
        expect([...found]).toEqual([...found].slice(0, 1));
      }),
      { numRuns: RUNS },
    );
    console.log({compared, conflicting});
    // A property over conflicts alone would prove nothing.
    expect(compared).toBeGreaterThan(conflicting);
  });
});
