import type { DefinitionKindsOptions } from './definition-kinds.ts';
import { checkSet, type DefinitionSet, setOf } from './definition-set.ts';
import type { WriteDefinitions } from './definition-writer.ts';
import { createModelCheck } from './definitions-pack.ts';
import { TesseraError } from './errors.ts';
import { named } from './feature-kind.ts';
import type { DefinitionsEntry } from './model/definitions.ts';
import type { ModelDefinition, VersionedModel } from './model/value-model.ts';
import type { DefinitionEditor, DefinitionKind, NamedDefinition } from './serve/services.ts';

/** Models that were fitted to history, one by one; what derived features ask them changes with them, at their place in the log. */
export function createModelKind(
  { definitions }: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const read = createModelCheck();
  const planned = (models: readonly ModelDefinition[], entry: DefinitionsEntry): DefinitionSet => {
    const next = { ...setOf(entry), models };
    checkSet(next, definitions.reportingCurrency);
    return next;
  };
  const planPut = (model: ModelDefinition, entry: DefinitionsEntry): DefinitionSet => {
    const { models = [] } = setOf(entry);
    const known = models.some(({ name }) => name === model.name);
    const changed = models.map((each) => (each.name === model.name ? model : each));
    return planned(known ? changed : [...models, model], entry);
  };
  const editor: DefinitionEditor = {
    check(name, body) {
      const model = read(named(name, body));
      planPut(model, definitions.entry);
      return plain(model);
    },
    original(name) {
      find(definitions.entry, name);
      return undefined;
    },
    async put(definition, author) {
      // It comes out of `check`, which answers a model.
      const model = definition as unknown as ModelDefinition;
      const entry = await write(author, (inForce) => planPut(model, inForce));
      return shown(find(entry, model.name));
    },
    async remove(name, author) {
      await write(author, (inForce) => {
        const { models = [] } = setOf(inForce);
        return planned(
          models.filter((model) => model.name !== name),
          inForce,
        );
      });
    },
  };
  return { list: () => (definitions.entry.models ?? []).map(shown), editor };
}

/** Definitions are plain JSON. */
function plain(definition: ModelDefinition): NamedDefinition {
  return definition as unknown as NamedDefinition;
}

function find({ models = [] }: DefinitionsEntry, name: string): VersionedModel {
  const found = models.find(({ definition }) => definition.name === name);
  if (found === undefined) throw new TesseraError('not_found', 'There is no model of this name.');
  return found;
}

function shown({ definition, version, author, since }: VersionedModel): NamedDefinition {
  return { ...plain(definition), version, author, since };
}
