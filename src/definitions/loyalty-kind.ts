import { TesseraError } from '../errors.ts';
import type { DefinitionsEntry } from '../model/definitions.ts';
import type { LoyaltyProgram } from '../model/loyalty.ts';
import type { DefinitionEditor, DefinitionKind, NamedDefinition } from '../serve/services.ts';
import { createLoyaltyCheck } from './definition-checks.ts';
import type { DefinitionKindsOptions } from './definition-kinds.ts';
import type { WriteDefinitions } from './definition-writer.ts';

/** The loyalty program: one, named default, which may be absent. Points keep the terms under which they were earned. */
export function createLoyaltyKind(
  { definitions, pack }: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const read = createLoyaltyCheck(definitions.reportingCurrency);
  const editor: DefinitionEditor = {
    check: (name, body) => plain(read({ ...onlyProgram(name), ...body })),
    original(name) {
      onlyProgram(name);
      find(definitions.entry);
      return pack.loyalty ? plain(pack.loyalty) : undefined;
    },
    async put(definition, author) {
      // It comes out of `check` or `original`, both of which answer a program.
      const loyalty = definition as unknown as LoyaltyProgram;
      return find(await write(author, () => ({ loyalty })));
    },
    async remove(name, author) {
      onlyProgram(name);
      await write(author, () => ({ loyalty: null }));
    },
  };
  return { list: () => shown(definitions.entry), editor };
}

/** Definitions are plain JSON. */
function plain(program: LoyaltyProgram): NamedDefinition {
  return program as unknown as NamedDefinition;
}

function shown({ loyalty }: DefinitionsEntry): readonly NamedDefinition[] {
  if (loyalty === undefined) return [];
  const { definition, version, author, since } = loyalty;
  return [{ ...plain(definition), version, author, since }];
}

function find(entry: DefinitionsEntry): NamedDefinition {
  const [found] = shown(entry);
  if (found === undefined) throw new TesseraError('not_found', 'There is no definition of this name.');
  return found;
}

function onlyProgram(name: string): { readonly name: 'default' } {
  if (name !== 'default')
    throw new TesseraError('not_found', 'There is one loyalty program, and its name is default.');
  return { name };
}
