import type { FeatureSet } from '../features/compile.ts';
import { courseOfFeature, featureUses } from '../features/feature-uses.ts';
import type { NumberedDefinition } from '../model/definitions.ts';
import type { FeatureCatalog } from '../segments/compile.ts';

/** What segments have to know of the features in force. */
export function catalogOf(
  set: FeatureSet,
  definitions: readonly NumberedDefinition[],
  loyaltyVersion = '',
): FeatureCatalog {
  const courses = new Map<string, ReturnType<FeatureCatalog['courseOf']>>();
  const numbers = new Map(definitions.map(({ definition, number }) => [definition.name, number]));
  const usesOf = featureUses(set);
  return {
    names: new Set([...set.byName.keys(), ...set.derived.keys()]),
    courseOf(name) {
      const known = courses.get(name);
      if (known !== undefined) return known;
      const course = courseOfFeature(set, name);
      courses.set(name, course);
      return course;
    },
    usesOf,
    loyaltyVersion,
    // A model that is fitted anew answers another value, although the feature that asks it stays.
    versionOf: (name) => [numbers.get(name) ?? 0, ...modelsRead(set, name)].join(' '),
  };
}

/** Versions of the models that a feature asks, itself or through others. */
function modelsRead(set: FeatureSet, name: string): readonly string[] {
  const derived = set.derived.get(name);
  if (derived === undefined) return [];
  return [...derived.models, ...derived.inputs.flatMap((input) => modelsRead(set, input))];
}
