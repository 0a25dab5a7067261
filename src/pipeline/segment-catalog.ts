import type { FeatureSet } from '../features/compile.ts';
import { courseOfFeature, featureUses } from '../features/feature-uses.ts';
import type { CompiledPrivacy } from '../model/compile-privacy.ts';
import type { NumberedDefinition } from '../model/definitions.ts';
import type { FeatureCatalog } from '../segments/compile.ts';

/** What is in force beside the features. */
interface Beside {
  readonly loyaltyVersion?: string | undefined;
  readonly privacy?: CompiledPrivacy;
}

/** What segments have to know of the features in force. */
export function catalogOf(
  set: FeatureSet,
  definitions: readonly NumberedDefinition[],
  { loyaltyVersion = '', privacy }: Beside = {},
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
    ...(privacy && { privacyOf: (kind, name) => privacyOf(privacy, kind, name) }),
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

/** Under what a trait or a consent may be asked about, as a text that changes with it; empty where nothing stands against it. */
function privacyOf({ gates, inactive }: CompiledPrivacy, kind: 'trait' | 'consent', name: string): string {
  if (kind === 'consent') return inactive.has(name.split('.', 1)[0] ?? name) ? 'inactive' : '';
  const gate = gates.get(name);
  return gate === undefined ? '' : JSON.stringify(gate);
}
