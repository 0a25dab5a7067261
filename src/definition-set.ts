import { keptVersion, sourcesIn } from './definitions.ts';
import { TesseraError } from './errors.ts';
import { compileFeatures, expandDefinitions } from './features/compile.ts';
import { compileExpression } from './features/derived/compile-expression.ts';
import { parseExpression } from './features/derived/parse.ts';
import { limits } from './limits.ts';
import type { DefinitionsEntry, FeatureSource } from './model/definitions.ts';
import type { FeatureDefinition } from './model/feature.ts';
import { isJsonObject } from './model/json.ts';
import type { TriggerDefinition } from './model/trigger.ts';
import { compileTriggers } from './triggers/compile.ts';

/** The features and triggers that a record would bring into force: changes are planned on it, and checked as a whole. */
export interface DefinitionSet {
  readonly sources: readonly FeatureSource[];
  /** In the order of their sources. */
  readonly features: readonly FeatureDefinition[];
  readonly triggers: readonly TriggerDefinition[];
}

export function setOf(entry: DefinitionsEntry): DefinitionSet {
  return {
    sources: sourcesIn(entry).map(({ definition, features }) => ({ definition, features })),
    features: entry.features.map(({ definition }) => definition),
    triggers: entry.triggers.map(({ definition }) => definition),
  };
}

/** A feature as written, with what it stands for. */
export interface ExpandedSource {
  readonly source: FeatureSource;
  readonly features: readonly FeatureDefinition[];
}

/** Throws `invalid_definition` where it is none. */
export function expandSource(definition: FeatureSource['definition']): ExpandedSource {
  const features = expandDefinitions([definition]);
  return { source: { definition, features: features.map(({ name }) => name) }, features };
}

/** The set with these sources, of which the set or `added` has the features. */
export function withSources(
  set: DefinitionSet,
  sources: readonly FeatureSource[],
  added: readonly FeatureDefinition[],
): DefinitionSet {
  const byName = new Map(set.features.map((definition) => [definition.name, definition]));
  for (const definition of added) byName.set(definition.name, definition);
  const features = sources.flatMap((source) => source.features.flatMap((name) => byName.get(name) ?? []));
  return { ...set, sources, features };
}

/** Replaces the source of the name, or adds one. */
export function putSource(set: DefinitionSet, { source, features }: ExpandedSource): DefinitionSet {
  const { name } = source.definition;
  const known = set.sources.some(({ definition }) => definition.name === name);
  const sources = known
    ? set.sources.map((each) => (each.definition.name === name ? source : each))
    : [...set.sources, source];
  return withSources(set, sources, features);
}

export function removeSource(set: DefinitionSet, name: string): DefinitionSet {
  return withSources(
    set,
    set.sources.filter(({ definition }) => definition.name !== name),
    [],
  );
}

/** What `next` changes or drops of the features in force stays readable as `name@number`. */
export function keepVersions(next: DefinitionSet, { features }: DefinitionsEntry): DefinitionSet {
  const after = new Map(next.features.map((definition) => [definition.name, JSON.stringify(definition)]));
  const kept = features
    .filter(({ definition }) => !isKept(definition.name))
    .filter(({ definition }) => after.get(definition.name) !== JSON.stringify(definition))
    .map(({ definition, number }) => keptVersion(definition, number));
  const sources = kept.map((definition) => ({
    // A definition is plain JSON.
    definition: definition as unknown as FeatureSource['definition'],
    features: [definition.name],
  }));
  return withSources(next, [...next.sources, ...sources], kept);
}

/** Whether the name is that of a version that was kept. */
export function isKept(name: string): boolean {
  return name.includes('@');
}

/** Fails with `definition_in_use` when something that stays reads a feature that would be gone. */
export function checkUses(before: DefinitionSet, after: DefinitionSet): void {
  const remaining = new Set(after.features.map(({ name }) => name));
  const gone = new Set(before.features.map(({ name }) => name).filter((name) => !remaining.has(name)));
  if (gone.size === 0) return;
  const users = [
    ...after.features.flatMap(({ name, expression }) =>
      expression === undefined
        ? []
        : readBy(compileExpression(parseExpression(expression)).features, gone, `the feature "${name}"`),
    ),
    ...after.triggers.flatMap(({ name, when }) => readBy(namedIn(when), gone, `the trigger "${name}"`)),
  ];
  if (users.length > 0) throw new TesseraError('definition_in_use', users.join('; '));
}

function readBy(names: readonly string[], gone: ReadonlySet<string>, who: string): readonly string[] {
  return names
    .filter((name) => gone.has(name))
    .map((name) => `feature "${name}" would be gone, and ${who} reads it`);
}

/** Features that a condition names, at any depth. */
function namedIn(condition: unknown): readonly string[] {
  if (Array.isArray(condition)) return condition.flatMap(namedIn);
  if (!isJsonObject(condition)) return [];
  const { feature } = condition;
  return [...(typeof feature === 'string' ? [feature] : []), ...Object.values(condition).flatMap(namedIn)];
}

/** Fails with `invalid_definition` where the definitions do not go together. */
export function checkSet({ features, sources, triggers }: DefinitionSet, reportingCurrency: string): void {
  const names = new Set(features.map(({ name }) => name));
  const kept = [...names].filter(isKept).length;
  if (kept > limits.featureVersionsKeptMax) {
    const most = limits.featureVersionsKeptMax;
    throw new TesseraError(
      'invalid_definition',
      `${kept} earlier versions would be kept; at most ${most} are`,
    );
  }
  for (const source of sources) {
    const { name } = source.definition;
    const other = sources.find(
      (each) => each !== source && source.features.some((feature) => each.features.includes(feature)),
    );
    if (other !== undefined) {
      const both = source.features.find((feature) => other.features.includes(feature));
      throw new TesseraError(
        'invalid_definition',
        `feature "${name}": "${both}" is already a feature of "${other.definition.name}"; take another name`,
        { path: '/name' },
      );
    }
  }
  compileFeatures(
    features.map((definition, i) => ({ number: i + 1, definition, createdAt: 0, origin: true })),
    { reportingCurrency },
  );
  compileTriggers(
    triggers.map((definition) => ({ definition, version: '' })),
    names,
  );
}
