import { isJsonObject } from '../model/json.ts';
import type { WantedItems } from '../model/recommendation.ts';
import type { TriggerAction } from '../model/trigger.ts';

/**
 * The items that an action asks for; undefined where it asks for none. Whatever else lies under `items` is data like all
 * other, which templates read as it is.
 */
export function wantedItems({ data }: Pick<TriggerAction, 'data'>): WantedItems | undefined {
  const items = data?.items;
  const wish = isJsonObject(items) ? items.recommend : undefined;
  if (!isJsonObject(wish)) return undefined;
  const { placement, limit } = wish;
  if (typeof placement !== 'string') return undefined;
  return { placement, ...(typeof limit === 'number' ? { limit } : {}) };
}
