import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { jsonDiff } from './json-diff.ts';
import { textParameter } from './parameters.ts';
import type { DefinitionKind, Definitions, NamedDefinition } from './services.ts';

/** What requests about definitions have in common: their addresses, a dry run, and how a definition is looked up. */
export const kindPath = {
  kind: {
    description:
      '`features`, `triggers`, `segments`, `models`, `templates`, `coupons`, `placements`, `retention`, `schemas`, `webhooks`, `loyalty`, `messaging`, `privacy`, `quality` or `identity`.',
    example: 'features',
  },
};
export const namePath = {
  ...kindPath,
  name: { description: 'The name of the definition.', example: 'views_1h' },
};

export const changeParameters = {
  dry_run: textParameter({
    description: '`1`: check the definition and answer what it would change; change nothing.',
    charactersMax: 5,
    pattern: /^(1|true|0|false)$/,
    example: '1',
  }),
};

/** What an answer adds to a definition; taken out again of what is sent, so that an answer can be edited and put back. */
export const PROVENANCE = ['version', 'author', 'since', 'numbers', 'warnings'] as const;

export interface KindPath {
  readonly Params: { readonly kind: string };
}
export interface DefinitionPath {
  readonly Params: { readonly kind: string; readonly name: string };
}

export function isSet(parameter: string | undefined): boolean {
  return parameter === '1' || parameter === 'true';
}

export function withoutProvenance(definition: JsonObject): JsonObject {
  const copy = { ...definition };
  for (const field of PROVENANCE) delete copy[field];
  return copy;
}

export function kindOf(definitions: Definitions, kind: string): DefinitionKind {
  const found = definitions.kind(kind);
  if (found === undefined) throw new TesseraError('not_found', 'There is no such kind of definition.');
  return found;
}

export function definitionOf(kind: DefinitionKind, name: string): NamedDefinition {
  const found = kind.list().find((definition) => definition.name === name) ?? kind.part?.(name);
  if (found === undefined) throw new TesseraError('not_found', 'There is no definition of this name.');
  return found;
}

/** What a dry run answers; `planned` is absent where the definition would be removed. */
export function changesFrom(
  kind: DefinitionKind,
  planned: NamedDefinition | undefined,
  name = planned?.name,
): Readonly<Record<string, unknown>> {
  const before = withoutProvenance(kind.list().find((each) => each.name === name) ?? {});
  const changes = jsonDiff(before, planned ?? {}, limits.definitionChangesShownMax);
  return { dry_run: true, definition: planned ?? null, changes };
}
