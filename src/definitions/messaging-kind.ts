import { TesseraError } from '../errors.ts';
import type { DefinitionsEntry } from '../model/definitions.ts';
import { MESSAGING_BEFORE_ANY, type MessagingDefinition } from '../model/messaging.ts';
import type { DefinitionEditor, DefinitionKind, NamedDefinition } from '../serve/services.ts';
import { createMessagingCheck } from './definition-checks.ts';
import type { DefinitionKindsOptions } from './definition-kinds.ts';
import { checkSet, setOf } from './definition-set.ts';
import type { WriteDefinitions } from './definition-writer.ts';

/** What holds for the messages of all triggers: one definition, named default, which is always there. */
export function createMessagingKind(
  { definitions, pack }: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const read = createMessagingCheck();
  const checked = (messaging: MessagingDefinition): NamedDefinition => {
    // Its guards and quotas name features and segments that have to be there.
    checkSet({ ...setOf(definitions.entry), messaging }, definitions.reportingCurrency);
    return plain(messaging);
  };
  const editor: DefinitionEditor = {
    check: (name, body) => checked(read({ ...onlyOne(name), ...body })),
    original(name) {
      onlyOne(name);
      return checked(pack.messaging ?? MESSAGING_BEFORE_ANY);
    },
    async put(definition, author) {
      // It comes out of `check` or `original`, both of which answer such a definition.
      const messaging = definition as unknown as MessagingDefinition;
      return shown(await write(author, () => ({ messaging })));
    },
  };
  return { list: () => [shown(definitions.entry)], editor };
}

/** Definitions are plain JSON. */
function plain(definition: MessagingDefinition): NamedDefinition {
  return definition as unknown as NamedDefinition;
}

function shown({ messaging }: DefinitionsEntry): NamedDefinition {
  if (messaging === undefined) return plain(MESSAGING_BEFORE_ANY);
  const { definition, version, author, since } = messaging;
  return { ...plain(definition), version, author, since };
}

function onlyOne(name: string): { readonly name: 'default' } {
  if (name !== 'default')
    throw new TesseraError('not_found', 'There is one definition of messaging, and its name is default.');
  return { name };
}
