import { afterAll, expect, it } from 'vitest';
import { countStoredEvents, readStoredEvents } from '../../../src/jobs/schema-check/stored-events.ts';
import { createHistoryPlace } from '../../support/engine-with-history.ts';

const place = createHistoryPlace();
afterAll(() => place.remove());

it('brings every event of the type once, whatever fits into a page', async () => {
  const engine = await place.open('stored_events');
  const now = engine.clock.now();
  // Days, facets and times that are alike, so that a page ends between rows that differ in one column alone.
  const sent = Array.from({ length: 36 }, (_, n) => ({
    id: `g-${n % 7}-${n}`,
    type: n % 9 === 0 ? 'guide_left' : 'guide_opened',
    time: now - (n % 3) * 86_400_000,
    identifiers: { user_id: `u-${n % 4}` },
    properties: { note: "it's".repeat(n % 5 === 0 ? 200 : 1) },
  }));
  await engine.send(sent);
  await engine.settle();
  const wanted = sent
    .filter(({ type }) => type === 'guide_opened')
    .map(({ id }) => id)
    .sort();
  const question = { type: 'guide_opened', from: 0, to: now + 1 };
  expect(await countStoredEvents(engine.history, question)).toBe(wanted.length);
  for (const bounds of [
    { events: 1, bytes: 1 },
    { events: 7, bytes: 1_000_000 },
    { events: 50, bytes: 1_500 },
    { events: 500, bytes: 1_000_000 },
  ]) {
    const ids: string[] = [];
    let largest = 0;
    for await (const page of readStoredEvents(engine.history, question, bounds)) {
      largest = Math.max(largest, page.length);
      ids.push(...page.map(({ id }) => id));
    }
    expect(ids.sort()).toEqual(wanted);
    expect(largest).toBeLessThanOrEqual(bounds.events);
  }
  expect(await countStoredEvents(engine.history, { ...question, to: now - 1 })).toBe(0);
  await engine.stop();
}, 60_000);
