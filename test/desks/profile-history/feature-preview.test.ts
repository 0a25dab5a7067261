import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDefinitionKinds } from '../../../src/definitions/definition-kinds.ts';
import { createFeaturePreview } from '../../../src/desks/profile-history/feature-preview.ts';
import type { FeatureValue } from '../../../src/model/feature.ts';
import { isJsonObject, type JsonObject } from '../../../src/model/json.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import type { PreviewFeature } from '../../../src/serve/feature-preview-service.ts';
import { createRandom } from '../../e2e/support/seeded-random.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../../support/engine-with-history.ts';
import { retailPack } from '../../support/fused-engine.ts';

const PHONE = '13900001111';
const DAYS = 9;
const WINDOW_DAYS = 3;

interface Look {
  readonly at: number;
  readonly item: string;
}

let place: HistoryPlace;
beforeAll(() => {
  place = createHistoryPlace();
});
afterAll(() => place.remove());

async function open(database: string): Promise<{ engine: EngineWithHistory; preview: PreviewFeature }> {
  const engine = await place.open(database);
  const { definitions, log } = engine;
  const kinds = createDefinitionKinds({
    ...{ definitions, log, pack: retailPack, blind: (policy) => policy },
    appliedSeq: () => log.stats().lastSeq,
  });
  const features = kinds.kind('features');
  if (features === undefined) throw new Error('there are no features');
  return { engine, preview: createFeaturePreview({ ...engine, features }) };
}

async function profileOf(engine: EngineWithHistory): Promise<string> {
  const view = await engine.profiles.byIdentifier('phone', PHONE, { reveal: true });
  return view?.profile_id ?? '';
}

/** Looks at goods over some days, and what the last of them leaves: sent as they happen, by phone or by phone and account. */
async function lookAround(engine: EngineWithHistory, seed: number): Promise<readonly Look[]> {
  const random = createRandom(seed);
  const looks: Look[] = [];
  for (let n = 0; n < 4 * DAYS; n++) {
    engine.clock.advance(random.between(1, DAY_MS / 2));
    const look = {
      at: engine.clock.now(),
      item: `spu-${random.between(1, 5)}`,
    };
    looks.push(look);
    await engine.send([
      {
        ...{ id: `l-${seed}-${n}`, type: 'product_viewed', time: new Date(look.at).toISOString() },
        identifiers: random.between(0, 1) === 0 ? { phone: PHONE } : { phone: PHONE, user_id: 'u-1' },
        properties: { item_id: look.item },
      },
    ]);
  }
  await engine.send([
    {
      ...{ id: `e-${seed}`, type: 'store_entered', channel: 'store_device' },
      ...{ identifiers: { phone: PHONE }, properties: { store: 'SH-001' } },
    },
  ]);
  engine.clock.advance(1_000);
  await engine.settle();
  return looks;
}

const valuesOf = (answer: JsonObject): Readonly<Record<string, FeatureValue>> =>
  answer.features as unknown as Readonly<Record<string, FeatureValue>>;

describe('a draft of a feature', () => {
  it.each([1, 2, 3])('is worth what its definition says of all that happened (seed %i)', async (seed) => {
    const { engine, preview } = await open(`feature_preview_${seed}`);
    const looks = await lookAround(engine, seed);
    const id = await profileOf(engine);
    const before = JSON.stringify(engine.definitions.entry);
    const now = engine.clock.now();
    const lately = looks.filter(({ at }) => at > now - WINDOW_DAYS * DAY_MS);
    const view = { on: ['product_viewed'], window: `${WINDOW_DAYS}d` };
    const counted = await preview(id, { name: 'drafted', ...view, aggregate: 'count' });
    expect(counted).toMatchObject({
      profile_id: id,
      features: { drafted: { value: lately.length, partial: false } },
      past: { events: looks.length + 1, read: looks.length, from: looks[0]?.at },
    });
    const items = await preview(id, { ...view, aggregate: 'distinct', of: 'properties.item_id' });
    expect(valuesOf(items).draft?.value).toBe(new Set(lately.map(({ item }) => item)).size);
    const newest = await preview(id, { ...view, aggregate: 'last', of: 'properties.item_id' });
    expect(valuesOf(newest).draft?.value).toBe(lately.at(-1)?.item);
    // Nothing of it stays.
    expect(JSON.stringify(engine.definitions.entry)).toBe(before);
    await engine.stop();
  });

  it('with the text of a feature in force is worth what that one is, also where it is computed from others', async () => {
    const { engine, preview } = await open('feature_preview_same');
    await lookAround(engine, 4);
    const id = await profileOf(engine);
    const now = await engine.profiles.byId(id, { reveal: true });
    let compared = 0;
    for (const { definition } of engine.definitions.entry.sources ?? []) {
      const answer = await preview(id, definition as JsonObject);
      for (const [name, { value }] of Object.entries(valuesOf(answer))) {
        expect([name, value]).toEqual([name, now?.features[name]?.value]);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(50);
    await engine.stop();
  });

  it('stands for a feature of each of its windows, and is checked as if it were put in force', async () => {
    const { engine, preview } = await open('feature_preview_checked');
    await lookAround(engine, 5);
    const id = await profileOf(engine);
    const windows = await preview(id, {
      ...{ name: 'looks', on: ['product_viewed'], aggregate: 'count', windows: ['1d', '9d'] },
    });
    expect(Object.keys(valuesOf(windows))).toEqual(['looks_1d', 'looks_9d']);
    await expect(preview(id, { on: ['product_viewed'], aggregate: 'guess' })).rejects.toThrow(
      expect.objectContaining({ code: 'invalid_definition' }),
    );
    const nobody = '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e';
    const draft = { on: ['product_viewed'], aggregate: 'count', window: '1d' };
    await expect(preview(nobody, draft)).rejects.toThrow(
      expect.objectContaining({ code: 'profile_not_found' }),
    );
    const { past } = await preview(id, { aggregate: 'derived', expression: 'views_1h + 1' });
    expect(isJsonObject(past) && past.read).toBe(0);
    await engine.stop();
  });
});
