import type { DefinitionKindsOptions } from './definition-kinds.ts';
import { checkSet, type DefinitionSet, setOf } from './definition-set.ts';
import type { WriteDefinitions } from './definition-writer.ts';
import { createTriggerCheck } from './definitions-pack.ts';
import { TesseraError } from './errors.ts';
import { named } from './feature-kind.ts';
import type { DefinitionsEntry, VersionedTrigger } from './model/definitions.ts';
import type { TriggerDefinition } from './model/trigger.ts';
import type { DefinitionEditor, DefinitionKind, NamedDefinition } from './serve/services.ts';

/** Triggers, one by one. A changed one is a new version: the ids of its decisions say under which they were made. */
export function createTriggerKind(
  { definitions, pack }: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const { reportingCurrency } = definitions;
  const read = createTriggerCheck();
  const originals = new Map(pack.triggers.map((definition) => [definition.name, definition]));
  const planned = (triggers: readonly TriggerDefinition[], entry: DefinitionsEntry): DefinitionSet => {
    const next = { ...setOf(entry), triggers };
    checkSet(next, reportingCurrency);
    return next;
  };
  const planPut = (trigger: TriggerDefinition, entry: DefinitionsEntry): DefinitionSet => {
    const { triggers } = setOf(entry);
    const known = triggers.some(({ name }) => name === trigger.name);
    const changed = triggers.map((each) => (each.name === trigger.name ? trigger : each));
    return planned(known ? changed : [...triggers, trigger], entry);
  };
  const editor: DefinitionEditor = {
    check(name, body) {
      const trigger = read(named(name, body));
      planPut(trigger, definitions.entry);
      return plain(trigger);
    },
    original(name) {
      find(definitions.entry, name);
      const original = originals.get(name);
      if (original === undefined) return undefined;
      planPut(original, definitions.entry);
      return plain(original);
    },
    async put(definition, author) {
      // It comes out of `check` or `original`, both of which answer a trigger.
      const trigger = definition as unknown as TriggerDefinition;
      const entry = await write(author, (inForce) => planPut(trigger, inForce));
      return shown(find(entry, trigger.name));
    },
    async remove(name, author) {
      await write(author, (inForce) => {
        const { triggers } = setOf(inForce);
        return planned(
          triggers.filter((trigger) => trigger.name !== name),
          inForce,
        );
      });
    },
  };
  return { list: () => definitions.entry.triggers.map(shown), editor };
}

/** Definitions are plain JSON. */
function plain(definition: TriggerDefinition): NamedDefinition {
  return definition as unknown as NamedDefinition;
}

function find({ triggers }: DefinitionsEntry, name: string): VersionedTrigger {
  const found = triggers.find(({ definition }) => definition.name === name);
  if (found === undefined) throw new TesseraError('not_found', 'There is no definition of this name.');
  return found;
}

function shown({ definition, version, author, since }: VersionedTrigger): NamedDefinition {
  return {
    ...plain(definition),
    version,
    ...(author === undefined ? {} : { author }),
    ...(since === undefined ? {} : { since }),
  };
}
