import type { Extractor, Feature, FeatureSet } from '../../src/features/compile.ts';
import type { Operation } from '../../src/features/operation.ts';

/** A copy of the compiled set with every operation replaced. */
export function withOperations(
  set: FeatureSet,
  change: (operation: Operation, feature: Feature) => Operation,
): FeatureSet {
  const features = set.features.map((feature) => ({
    ...feature,
    operation: change(feature.operation, feature),
  }));
  const byNumber = new Map(features.map((feature) => [feature.number, feature]));
  const swap = (extractor: Extractor): Extractor => ({
    ...extractor,
    features: extractor.features.map(({ number }) => byNumber.get(number)!),
  });
  return {
    ...set,
    features,
    byNumber,
    byName: new Map(features.map((feature) => [feature.name, feature])),
    extractors: new Map([...set.extractors].map(([number, extractor]) => [number, swap(extractor)])),
    byType: new Map([...set.byType].map(([type, extractors]) => [type, extractors.map(swap)])),
  };
}
