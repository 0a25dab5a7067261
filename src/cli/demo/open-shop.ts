import { Random } from '../../generate/random.ts';
import { limits } from '../../limits.ts';
import type { JsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { CallEngine } from '../engine-call.ts';
import type { Goods } from './goods.ts';

/** Pools of the shipped definitions, and how their codes begin. */
const POOLS = { plus50: 'PLUS50', winback100: 'BACK100', birthday_gift: 'GIFT' } as const;

/** Brings goods, stores, stock and codes of coupons to the engine. What is there already stays as it is. */
export async function openShop(
  call: CallEngine,
  goods: Goods,
  { seed, now }: { readonly seed: number; readonly now: EpochMs },
): Promise<void> {
  await put(call, 'stores', goods.storeRows(now));
  await put(call, 'items', goods.itemRows());
  await put(call, 'stock', goods.stockRows(new Random(`stock ${seed}`)));
  for (const [pool, prefix] of Object.entries(POOLS)) {
    const codes = Array.from({ length: limits.demoCouponCodes }, (_, n) => `${prefix}-${10_000 + n}`);
    await call({ method: 'POST', path: `/v1/coupons/${pool}/codes`, body: { codes } });
  }
}

async function put(call: CallEngine, part: string, rows: readonly JsonObject[]): Promise<void> {
  for (let from = 0; from < rows.length; from += limits.catalogRowsMax) {
    const page = rows.slice(from, from + limits.catalogRowsMax);
    await call({ method: 'PUT', path: `/v1/catalog/${part}`, body: { [part]: page } });
  }
}
