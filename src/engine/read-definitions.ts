import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadPack, sourcesOfPack } from '../definitions/definitions-pack.ts';
import { TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';

/** A definition under the kind and name that it has in the API. */
export interface WrittenDefinition {
  readonly kind: string;
  readonly name: string;
  readonly definition: JsonObject;
}

/** Of a kind of which there is one. */
const ONLY = 'default';

/** All that a definitions directory says, checked together as a start does it. Fails with `invalid_definition`. */
export function readDefinitions(directory: string, reportingCurrency: string): readonly WrittenDefinition[] {
  if (!existsSync(directory) || !statSync(directory).isDirectory())
    throw new TesseraError('invalid_definition', `${directory} is no directory.`);
  const pack = loadPack(directory, reportingCurrency);
  const { triggers, segments, templates, coupons, placements, retention, schemas } = pack;
  const { loyalty, messaging, privacy, quality } = pack;
  // One that the directory does not have is the shipped one, and nothing that the directory says.
  const identity = existsSync(join(directory, 'identity.yaml')) ? pack.identity : undefined;
  return [
    ...many('schemas', schemas),
    ...one('identity', identity),
    ...one('privacy', privacy),
    ...one('quality', quality),
    ...one('loyalty', loyalty),
    ...one('messaging', messaging),
    ...many(
      'features',
      sourcesOfPack(pack).map(({ definition }) => definition),
    ),
    ...many('segments', segments),
    ...many('templates', templates),
    ...many('coupons', coupons),
    ...many('placements', placements),
    ...many('triggers', triggers),
    ...many('retention', retention),
  ];
}

function many(
  kind: string,
  definitions: readonly { readonly name: string }[] = [],
): readonly WrittenDefinition[] {
  // Definitions are plain JSON.
  return definitions.map((definition) => ({
    kind,
    name: definition.name,
    definition: definition as unknown as JsonObject,
  }));
}

function one(kind: string, definition: object | null | undefined): readonly WrittenDefinition[] {
  if (definition === undefined || definition === null) return [];
  return [{ kind, name: ONLY, definition: { ...definition, name: ONLY } }];
}
