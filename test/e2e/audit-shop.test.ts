import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditShop } from './support/audit-shop.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { createRandom } from './support/seeded-random.ts';
import { eventOf, inventShop, type ShopLine } from './support/shop.ts';

/** The series of kills are worth as much as the audit at their end, so it has to be able to fail. */
describe('the audit of a shop', () => {
  const place = new EnginePlace();
  const shop = inventShop({ random: createRandom(11), count: 600, prefix: 'a', crowd: 'a', people: 20 });
  const lines = new Map(shop.map((line) => [line.id, line]));
  const acknowledged = new Set(lines.keys());
  let api: EngineApi;
  beforeAll(async () => {
    ({ api } = await place.start());
    await api.apply(shop.map(eventOf));
  });
  afterAll(() => place.remove());

  it('agrees with an engine that counted everything once', async () => {
    await auditShop(api, { lines, acknowledged }, 'as it was sent');
  });

  it('misses an acknowledged event that is not there', async () => {
    const more = new Set([...acknowledged, 'lost']);
    await expect(auditShop(api, { lines, acknowledged: more }, 'story')).rejects.toThrow(
      /acknowledged but lost/,
    );
  });

  it('finds an event that nobody sent', async () => {
    const fewer = new Map(lines);
    fewer.delete('a-3');
    const sent = { lines: fewer, acknowledged: new Set<string>() };
    await expect(auditShop(api, sent, 'story')).rejects.toThrow(/never sent/);
  });

  it('finds a profile that is a cent off', async () => {
    const order = shop.find(({ kind }) => kind === 'order');
    const changed: ShopLine = {
      ...(order ?? { id: '', kind: 'order' as const }),
      cents: (order?.cents ?? 0) + 1,
    };
    const other = new Map(lines).set(changed.id, changed);
    await expect(auditShop(api, { lines: other, acknowledged }, 'story')).rejects.toThrow(
      /differ from history/,
    );
  });
});
