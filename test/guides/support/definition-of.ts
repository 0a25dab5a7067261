import type { JsonObject } from '../../../src/model/json.ts';

/** Where a definition of a page belongs. What is a part of a trigger comes with the rest of one around it. */
export function definitionOf(document: JsonObject): { readonly path: string; readonly body: JsonObject } {
  const { name, ...rest } = document;
  const at = (kind: string, body: JsonObject = document): { path: string; body: JsonObject } => ({
    path: `/v1/definitions/${kind}/${String(body.name ?? 'default')}`,
    body,
  });
  if ('sequence' in rest) return at('triggers', { name: 'a_part', on: rest, action: { channel: 'none' } });
  if ('action' in rest && !('on' in rest))
    return at('triggers', { name: 'a_part', on: { event: 'order_completed' }, ...rest });
  const [, kind = ''] = KINDS.find(([key]) => key in rest) ?? [];
  return at(kind);
}

/** The first word that a definition has tells what it is. */
const KINDS: readonly (readonly [string, string])[] = [
  ['controller', 'privacy'],
  ['levels', 'loyalty'],
  ['earn', 'loyalty'],
  ['default_locale', 'templates'],
  ['blend', 'placements'],
  ['days', 'retention'],
  ['aggregate', 'features'],
  ['on', 'triggers'],
  ['when', 'segments'],
];
