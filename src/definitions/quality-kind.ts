import { TesseraError } from '../errors.ts';
import type { DefinitionsEntry } from '../model/definitions.ts';
import { QUALITY_BEFORE_ANY, type QualityDefinition } from '../model/quality.ts';
import type { DefinitionEditor, DefinitionKind, NamedDefinition } from '../serve/services.ts';
import { createQualityCheck } from './definition-checks.ts';
import type { DefinitionKindsOptions } from './definition-kinds.ts';
import type { WriteDefinitions } from './definition-writer.ts';

/** What good data is: one definition, named default, which is always there. A change holds from the next report on. */
export function createQualityKind(
  { definitions, pack }: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const read = createQualityCheck();
  const editor: DefinitionEditor = {
    check: (name, body) => plain(read({ ...onlyOne(name), ...body })),
    original(name) {
      onlyOne(name);
      return plain(pack.quality ?? QUALITY_BEFORE_ANY);
    },
    async put(definition, author) {
      // It comes out of `check` or `original`, both of which answer such a definition.
      const quality = definition as unknown as QualityDefinition;
      return shown(await write(author, () => ({ quality })));
    },
  };
  return { list: () => [shown(definitions.entry)], editor };
}

/** Definitions are plain JSON. */
function plain(definition: QualityDefinition): NamedDefinition {
  return definition as unknown as NamedDefinition;
}

function shown({ quality }: DefinitionsEntry): NamedDefinition {
  if (quality === undefined) return plain(QUALITY_BEFORE_ANY);
  const { definition, version, author, since } = quality;
  return { ...plain(definition), version, author, since };
}

function onlyOne(name: string): { readonly name: 'default' } {
  if (name !== 'default')
    throw new TesseraError('not_found', 'There is one definition of quality, and its name is default.');
  return { name };
}
