import type { DefinitionKindsOptions } from './definition-kinds.ts';
import { checkSet, checkUses, type DefinitionSet, setOf } from './definition-set.ts';
import type { WriteDefinitions } from './definition-writer.ts';
import { createSegmentCheck } from './definitions-pack.ts';
import { TesseraError } from './errors.ts';
import { named } from './feature-kind.ts';
import type { DefinitionsEntry } from './model/definitions.ts';
import type { SegmentDefinition, VersionedSegment } from './model/segment.ts';
import type { DefinitionEditor, DefinitionKind, NamedDefinition } from './serve/services.ts';

/** Segments, one by one. A changed one is a new version; who is in it is looked at anew, profile by profile. */
export function createSegmentKind(
  { definitions, pack }: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const { reportingCurrency } = definitions;
  const read = createSegmentCheck();
  const originals = new Map((pack.segments ?? []).map((definition) => [definition.name, definition]));
  const planned = (segments: readonly SegmentDefinition[], entry: DefinitionsEntry): DefinitionSet => {
    const before = setOf(entry);
    const next = { ...before, segments };
    checkUses(before, next);
    checkSet(next, reportingCurrency);
    return next;
  };
  const planPut = (segment: SegmentDefinition, entry: DefinitionsEntry): DefinitionSet => {
    const { segments = [] } = setOf(entry);
    const known = segments.some(({ name }) => name === segment.name);
    const changed = segments.map((each) => (each.name === segment.name ? segment : each));
    return planned(known ? changed : [...segments, segment], entry);
  };
  const editor: DefinitionEditor = {
    check(name, body) {
      const segment = read(named(name, body));
      planPut(segment, definitions.entry);
      return plain(segment);
    },
    original(name) {
      find(definitions.entry, name);
      const original = originals.get(name);
      if (original === undefined) return undefined;
      planPut(original, definitions.entry);
      return plain(original);
    },
    async put(definition, author) {
      // It comes out of `check` or `original`, both of which answer a segment.
      const segment = definition as unknown as SegmentDefinition;
      const entry = await write(author, (inForce) => planPut(segment, inForce));
      return shown(find(entry, segment.name));
    },
    async remove(name, author) {
      await write(author, (inForce) => {
        const { segments = [] } = setOf(inForce);
        return planned(
          segments.filter((segment) => segment.name !== name),
          inForce,
        );
      });
    },
  };
  return { list: () => (definitions.entry.segments ?? []).map(shown), editor };
}

/** Definitions are plain JSON. */
function plain(definition: SegmentDefinition): NamedDefinition {
  return definition as unknown as NamedDefinition;
}

function find({ segments = [] }: DefinitionsEntry, name: string): VersionedSegment {
  const found = segments.find(({ definition }) => definition.name === name);
  if (found === undefined) throw new TesseraError('not_found', 'There is no definition of this name.');
  return found;
}

function shown({ definition, version, author, since }: VersionedSegment): NamedDefinition {
  return {
    ...plain(definition),
    version,
    ...(author === undefined ? {} : { author }),
    ...(since === undefined ? {} : { since }),
  };
}
