import type { DefinitionsEntry, VersionedSource } from '../model/definitions.ts';
import { versionOf } from '../model/version-of.ts';

/** What the features in force were written as. */
export function sourcesIn({ sources, features, author }: DefinitionsEntry): readonly VersionedSource[] {
  if (sources !== undefined) return sources;
  return features.map(({ definition, createdAt }) => ({
    // A definition is plain JSON.
    definition: definition as unknown as VersionedSource['definition'],
    features: [definition.name],
    version: versionOf(definition),
    author,
    since: createdAt,
  }));
}
