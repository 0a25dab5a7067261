import type { JsonObject } from '../../model/json.ts';

/** A list of recommendations, as an answer of the engine has it. */
export interface Offered {
  /** What events name that tell what became of it. */
  readonly id: string;
  readonly items: readonly JsonObject[];
}

export function readOffered({ id, items }: JsonObject): Offered {
  // The engine's own answer.
  return { id: String(id), items: Array.isArray(items) ? (items as readonly JsonObject[]) : [] };
}

/** Properties of the event that says what was seen of it. */
export function seenOf({ id, items }: Offered, placement: string): JsonObject {
  return {
    recommendation_id: id,
    placement,
    products: items.map(({ item_id = '' }) => ({ item_id })),
  };
}
