import { TesseraError } from '../errors.ts';
import type { DefinitionsEntry } from '../model/definitions.ts';
import { PRIVACY_BEFORE_ANY, type PrivacyDefinition } from '../model/privacy.ts';
import type { DefinitionEditor, DefinitionKind, NamedDefinition } from '../serve/services.ts';
import { createPrivacyCheck } from './definition-checks.ts';
import type { DefinitionKindsOptions } from './definition-kinds.ts';
import type { WriteDefinitions } from './definition-writer.ts';

/** What is collected, what for and what people were told: one definition, named default, which is always there. */
export function createPrivacyKind(
  { definitions, pack }: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const read = createPrivacyCheck();
  const editor: DefinitionEditor = {
    check: (name, body) => plain(notBackwards(read({ ...onlyOne(name), ...body }), definitions.entry)),
    original(name) {
      onlyOne(name);
      return plain(notBackwards(pack.privacy ?? PRIVACY_BEFORE_ANY, definitions.entry));
    },
    async put(definition, author) {
      // It comes out of `check` or `original`, both of which answer such a definition.
      const privacy = definition as unknown as PrivacyDefinition;
      return shown(await write(author, () => ({ privacy })));
    },
  };
  return { list: () => [shown(definitions.entry)], editor };
}

/** People were told of a version: it cannot become another text by counting down and up again. */
function notBackwards(privacy: PrivacyDefinition, { privacy: before }: DefinitionsEntry): PrivacyDefinition {
  for (const [name, { version }] of Object.entries(before?.definition.notices ?? {})) {
    const next = Object.hasOwn(privacy.notices, name) ? privacy.notices[name] : undefined;
    if (next === undefined || next.version >= version) continue;
    const path = `/notices/${name}/version`;
    throw new TesseraError('invalid_definition', `privacy, ${path}: is at ${version} already`, { path });
  }
  return privacy;
}

/** Definitions are plain JSON. */
function plain(definition: PrivacyDefinition): NamedDefinition {
  return definition as unknown as NamedDefinition;
}

function shown({ privacy }: DefinitionsEntry): NamedDefinition {
  if (privacy === undefined) return plain(PRIVACY_BEFORE_ANY);
  const { definition, version, author, since } = privacy;
  return { ...plain(definition), version, author, since };
}

function onlyOne(name: string): { readonly name: 'default' } {
  if (name !== 'default')
    throw new TesseraError('not_found', 'There is one definition of privacy, and its name is default.');
  return { name };
}
