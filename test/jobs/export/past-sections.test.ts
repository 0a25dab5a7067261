import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pastSections } from '../../../src/jobs/export/past-sections.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../../support/engine-with-history.ts';

describe('what history holds of a person, for them to read', () => {
  let place: HistoryPlace;
  let engine: EngineWithHistory;
  beforeAll(async () => {
    place = createHistoryPlace();
    engine = await place.open('export_tessera');
  });
  afterAll(async () => {
    await engine.stop();
    place.remove();
  });

  it('has their snapshots in the order of days, those of a profile that became theirs among them', async () => {
    const view = (id: string, identifiers: JsonObject): JsonObject => ({
      ...{ id, type: 'product_viewed', identifiers, properties: { item_id: 'spu-1' } },
    });
    await engine.send([
      view('1', { anonymous_id: 'a-1' }),
      view('2', { user_id: 'u-1' }),
      view('3', { user_id: 'u-2' }),
    ]);
    engine.clock.advance(DAY_MS);
    await engine.send([view('4', { anonymous_id: 'a-1', user_id: 'u-1' })]);
    engine.clock.advance(2 * DAY_MS);
    await engine.ring();
    await engine.settle();
    const person = await engine.profiles.byIdentifier('user_id', 'u-1', { reveal: false });
    const sections = pastSections({
      profile: person?.profile_id ?? '',
      history: engine.history,
      signal: new AbortController().signal,
      counted: { rows: 0 },
      own: new Map(),
      open: async () => undefined,
    });
    const days: JsonObject[] = [];
    const section = sections.find(({ name }) => name === 'snapshots');
    for await (const entry of section?.entries() ?? []) days.push(entry);
    const said = days.map(({ day, features }) => [day, (features as JsonObject).views_lifetime]);
    expect(said).toEqual([
      ['2026-11-21', 1],
      ['2026-11-21', 1],
      ['2026-11-22', 3],
    ]);
    expect(days.at(-1)).toMatchObject({ kind: 'customer', lifecycle: 'prospect', points: 0, tags: [] });
  });
});
