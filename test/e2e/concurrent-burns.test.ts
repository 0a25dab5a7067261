import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { plainProgram } from '../loyalty/loyalty-world.ts';
import { createFusedEngine, retailPack, START_MS } from '../support/fused-engine.ts';

const [till, web] = [{ member_id: 'M-1' }, { user_id: 'u-1' }];
const time = new Date(START_MS).toISOString();

function order(id: string, total: string, identifiers: JsonObject): JsonObject {
  return { id, type: 'order_completed', time, identifiers, properties: { order_id: id, total } };
}

it('ten thousand burns at once, from a till and the web, spend what is there and not a point more', async () => {
  const engine = await createFusedEngine({ pack: { ...retailPack, loyalty: plainProgram } });
  await engine.send([
    { id: 'link', type: 'profile_identified', identifiers: { ...till, ...web } },
    order('o-1', '700.00', till),
    order('o-2', '300.00', web),
  ]);
  const burns = Array.from({ length: 10_000 }, (_, n) => ({
    id: `b-${n}`,
    type: 'points_redeemed',
    identifiers: n % 2 === 0 ? till : web,
    properties: { points: 1 + (n % 3) },
  }));
  let spent = 0;
  let refused = 0;
  const sending: Promise<void>[] = [];
  for (let n = 0; n < burns.length; n += 1_000) {
    const send = async (): Promise<void> => {
      const { accepted } = await engine.send(burns.slice(n, n + 1_000));
      for (const { event, outcome } of accepted) {
        if (outcome?.status === 'applied') spent += Number(event.properties.points);
        else if (outcome?.code === 'points_insufficient') refused++;
      }
    };
    sending.push(send());
  }
  await Promise.all(sending);
  expect(spent).toBe(100);
  expect(refused).toBeGreaterThan(9_000);
  const view = await engine.profiles.byIdentifier('member_id', 'M-1', { reveal: true });
  expect(view?.loyalty).toMatchObject({ points: 0, pending: 0, debt: 0 });
});
