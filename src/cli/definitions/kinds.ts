import type { JsonObject } from '../../model/json.ts';

/** As the API calls them, those first that others may read: so a directory is applied in this order, and taken back in the other. */
export const DEFINITION_KINDS = Object.freeze([
  'schemas',
  'identity',
  'privacy',
  'quality',
  'loyalty',
  'messaging',
  'models',
  'features',
  'segments',
  'templates',
  'coupons',
  'placements',
  'webhooks',
  'triggers',
  'retention',
] as const);

/** Of which there are many, in a directory: what it does not have can be taken away. */
export const PRUNED_KINDS: readonly string[] = Object.freeze([
  'schemas',
  'features',
  'segments',
  'templates',
  'coupons',
  'placements',
  'triggers',
  'retention',
]);

/** One definition of a directory, under the name and kind that it has in the API. */
export interface DirectoryDefinition {
  readonly kind: string;
  readonly name: string;
  readonly definition: JsonObject;
}

export function pathOfDefinition(kind: string, name: string): string {
  return `/v1/definitions/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;
}

export function kindRank(kind: string): number {
  return (DEFINITION_KINDS as readonly string[]).indexOf(kind);
}
