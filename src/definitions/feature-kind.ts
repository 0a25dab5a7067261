import { TesseraError } from '../errors.ts';
import type { DefinitionsEntry, VersionedSource } from '../model/definitions.ts';
import type { DefinitionEditor, DefinitionKind, NamedDefinition } from '../serve/services.ts';
import type { DefinitionKindsOptions } from './definition-kinds.ts';
import {
  checkSet,
  checkUses,
  type DefinitionSet,
  expandSource,
  isKept,
  keepVersions,
  putSource,
  removeSource,
  setOf,
} from './definition-set.ts';
import type { WriteDefinitions } from './definition-writer.ts';
import { sourcesOfPack } from './definitions-pack.ts';
import { sourcesIn } from './sources-in.ts';

/**
 * Features as their authors wrote them. A change gives what it changes a new number and so an empty state; what stays as
 * it is keeps both. `keep` leaves what was changed readable beside it, as `name@number`, until that name is deleted. The
 * state of what is gone leaves each facet when it is written next.
 */
export function createFeatureKind(options: DefinitionKindsOptions, write: WriteDefinitions): DefinitionKind {
  const { definitions, pack, checkPaths } = options;
  const { reportingCurrency } = definitions;
  const originals = new Map(
    sourcesOfPack(pack).map(({ definition }) => [definition.name, definition as NamedDefinition]),
  );
  const checked = (next: DefinitionSet, entry: DefinitionsEntry): DefinitionSet => {
    checkUses(setOf(entry), next);
    checkSet(next, reportingCurrency);
    return next;
  };
  const planPut = (definition: NamedDefinition, entry: DefinitionsEntry, keep: boolean): DefinitionSet => {
    const next = putSource(setOf(entry), expandSource(definition));
    return checked(keep ? keepVersions(next, entry) : next, entry);
  };
  const planRemoval = (name: string, entry: DefinitionsEntry): DefinitionSet =>
    checked(removeSource(setOf(entry), name), entry);
  const editor: DefinitionEditor = {
    keeps: true,
    check(name, body, keep = false) {
      const definition = named(name, body);
      planPut(definition, definitions.entry, keep);
      if (checkPaths !== undefined)
        for (const feature of expandSource(definition).features) checkPaths(feature);
      return definition;
    },
    warnings: (definition) =>
      checkPaths === undefined || isKept(definition.name)
        ? []
        : unique(expandSource(definition).features.flatMap((feature) => checkPaths(feature))),
    original(name) {
      find(definitions.entry, name);
      const original = originals.get(name);
      if (original === undefined) planRemoval(name, definitions.entry);
      else planPut(original, definitions.entry, false);
      return original;
    },
    async put(definition, author, keep = false) {
      const entry = await write(author, (inForce) => planPut(definition, inForce, keep));
      return shown(find(entry, definition.name), entry);
    },
    async remove(name, author) {
      await write(author, (inForce) => planRemoval(name, inForce));
    },
  };
  return {
    list: () => sourcesIn(definitions.entry).map((source) => shown(source, definitions.entry)),
    part: (name) => partOf(definitions.entry, name),
    editor,
  };
}

/** The body under the name of the address. */
export function named(name: string, body: Readonly<Record<string, unknown>>): NamedDefinition {
  if (body.name !== undefined && body.name !== name) {
    throw new TesseraError('invalid_definition', `/name: must be ${name}, as the address says`, {
      path: '/name',
    });
  }
  // The body was parsed from JSON.
  return { name, ...body } as NamedDefinition;
}

function sourceWith(entry: DefinitionsEntry, feature: string): VersionedSource | undefined {
  return sourcesIn(entry).find(({ features }) => features.includes(feature));
}

function find(entry: DefinitionsEntry, name: string): VersionedSource {
  const found = sourcesIn(entry).find(({ definition }) => definition.name === name);
  if (found !== undefined) return found;
  const whole = sourceWith(entry, name)?.definition.name;
  throw new TesseraError(
    'not_found',
    whole === undefined
      ? 'There is no definition of this name.'
      : `This feature is one of the windows of ${whole}.`,
  );
}

function shown(
  { definition, features, version, author, since }: VersionedSource,
  entry: DefinitionsEntry,
): NamedDefinition {
  const numbers: Record<string, number> = {};
  for (const { definition: feature, number } of entry.features)
    if (features.includes(feature.name)) numbers[feature.name] = number;
  return { ...(definition as NamedDefinition), numbers, version, author, since };
}

/** One window of a feature, as if it had been written alone. */
function partOf(entry: DefinitionsEntry, name: string): NamedDefinition | undefined {
  const source = sourceWith(entry, name);
  const feature = entry.features.find(({ definition }) => definition.name === name);
  if (source === undefined || feature === undefined) return undefined;
  const { version, author, since } = source;
  // A definition is plain JSON.
  const definition = feature.definition as unknown as NamedDefinition;
  const numbers = { [name]: feature.number };
  return { ...definition, part_of: source.definition.name, numbers, version, author, since };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
