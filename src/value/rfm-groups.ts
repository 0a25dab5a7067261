import type { RfmGroup } from '../model/value-model.ts';

/** The classic named groups: each pair of a recency and a frequency score is in exactly one of them. */
export const classicGroups: readonly RfmGroup[] = Object.freeze([
  { name: 'champions', recency: [5, 5], frequency: [4, 5] },
  { name: 'loyal', recency: [3, 4], frequency: [4, 5] },
  { name: 'potential_loyalists', recency: [4, 5], frequency: [2, 3] },
  { name: 'new_customers', recency: [5, 5], frequency: [1, 1] },
  { name: 'promising', recency: [4, 4], frequency: [1, 1] },
  { name: 'need_attention', recency: [3, 3], frequency: [3, 3] },
  { name: 'about_to_sleep', recency: [3, 3], frequency: [1, 2] },
  { name: 'cannot_lose', recency: [1, 2], frequency: [5, 5] },
  { name: 'at_risk', recency: [1, 2], frequency: [3, 4] },
  { name: 'hibernating', recency: [1, 2], frequency: [1, 2] },
]);
