import type { FeatureSet } from './compile.ts';
import { type Course, courseOf, traitsIn } from './derived/course.ts';

/** How a feature goes with time while nothing is added and nothing jumps; one that there is none of stands still. */
export function courseOfFeature(set: FeatureSet, name: string): Course {
  const feature = set.byName.get(name);
  if (feature !== undefined) return feature.operation.moves ?? 'fixed';
  const derived = set.derived.get(name);
  if (derived === undefined) return 'fixed';
  // A model answers by the values of its features alone; how it goes where these move is not known.
  if (derived.asked.some((input) => courseOfFeature(set, input) !== 'fixed')) return 'any';
  return courseOf(derived.expression, (input) => courseOfFeature(set, input));
}

/** What must happen for a feature to be another one: events of a type, or another word on a trait. */
export interface FeatureUses {
  readonly types: ReadonlySet<string>;
  readonly traits: ReadonlySet<string>;
}

/** Over all features at once, since an extractor knows its features and not the other way round. */
export function featureUses(set: FeatureSet): (name: string) => FeatureUses {
  const types = new Map<string, Set<string>>();
  for (const [type, extractors] of set.byType) {
    for (const { features } of extractors) {
      for (const { name } of features) {
        const known = types.get(name);
        if (known === undefined) types.set(name, new Set([type]));
        else known.add(type);
      }
    }
  }
  const uses = (name: string, into: { types: Set<string>; traits: Set<string> }): void => {
    for (const type of types.get(name) ?? []) into.types.add(type);
    const derived = set.derived.get(name);
    if (derived === undefined) return;
    for (const trait of traitsIn(derived.expression)) into.traits.add(trait);
    for (const input of derived.inputs) uses(input, into);
  };
  return (name) => {
    const found = { types: new Set<string>(), traits: new Set<string>() };
    uses(name, found);
    return found;
  };
}
