import { TesseraError } from '../errors.ts';
import type { DefinitionsEntry } from '../model/definitions.ts';
import type { DefinitionEditor, DefinitionKind, NamedDefinition } from '../serve/services.ts';
import type { DefinitionKindsOptions } from './definition-kinds.ts';
import { checkSet, checkUses, type DefinitionSet, setOf } from './definition-set.ts';
import type { WriteDefinitions } from './definition-writer.ts';
import { named } from './feature-kind.ts';

interface Named {
  readonly name: string;
}

/** What the state holds of one definition. */
interface InForce<Definition extends Named> {
  readonly definition: Definition;
  readonly version: string;
  readonly author?: string;
  readonly since?: number;
}

/** A kind of which there may be many, each under its name, where one definition stands for nothing but itself. */
export interface ListedKind<Definition extends Named> {
  /** Reads one as its author wrote it. */
  readonly read: (raw: unknown) => Definition;
  /** What the directory holds of it. */
  readonly originals: readonly Definition[];
  readonly inForce: (entry: DefinitionsEntry) => readonly InForce<Definition>[];
  /** The part of a set that they are. */
  readonly asPart: (definitions: readonly Definition[]) => Partial<DefinitionSet>;
  /** What is odd about one, though not wrong. */
  readonly warnings?: (definition: Definition) => readonly string[];
  /** The definition switched on or off; absent where there is no such thing. */
  readonly switched?: (definition: Definition, on: boolean) => Definition;
}

/** Lists and changes them one by one; every change is checked together with everything else that is in force. */
export function createListedKind<Definition extends Named>(
  { read, originals, inForce, asPart, warnings, switched }: ListedKind<Definition>,
  { definitions }: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const own = (entry: DefinitionsEntry): readonly Definition[] =>
    inForce(entry).map(({ definition }) => definition);
  const planned = (wanted: readonly Definition[], entry: DefinitionsEntry): DefinitionSet => {
    const before = setOf(entry);
    const next = { ...before, ...asPart(wanted) };
    checkUses(before, next);
    checkSet(next, definitions.reportingCurrency);
    return next;
  };
  const planPut = (wanted: Definition, entry: DefinitionsEntry): DefinitionSet => {
    const known = own(entry);
    const changed = known.map((each) => (each.name === wanted.name ? wanted : each));
    return planned(known.some(({ name }) => name === wanted.name) ? changed : [...known, wanted], entry);
  };
  const find = (entry: DefinitionsEntry, name: string): InForce<Definition> => {
    const found = inForce(entry).find(({ definition }) => definition.name === name);
    if (found === undefined) throw new TesseraError('not_found', 'There is no definition of this name.');
    return found;
  };
  const turned = (entry: DefinitionsEntry, name: string, on: boolean): Definition => {
    const { definition } = find(entry, name);
    return switched?.(definition, on) ?? definition;
  };
  const editor: DefinitionEditor = {
    check(name, body) {
      const wanted = read(named(name, body));
      planPut(wanted, definitions.entry);
      return plain(wanted);
    },
    // It comes out of `check`, which answers one of this kind.
    ...(warnings && { warnings: (definition) => warnings(definition as unknown as Definition) }),
    original(name) {
      find(definitions.entry, name);
      const original = originals.find((each) => each.name === name);
      if (original === undefined) return undefined;
      planPut(original, definitions.entry);
      return plain(original);
    },
    async put(definition, author) {
      // It comes out of `check` or `original`, both of which answer one of this kind.
      const wanted = definition as unknown as Definition;
      const entry = await write(author, (before) => planPut(wanted, before));
      return shown(find(entry, wanted.name));
    },
    async remove(name, author) {
      await write(author, (before) =>
        planned(
          own(before).filter((each) => each.name !== name),
          before,
        ),
      );
    },
    ...(switched && {
      switch: {
        plan: (name, on) => plain(turned(definitions.entry, name, on)),
        turn: async (name, on, author) =>
          shown(find(await write(author, (before) => planPut(turned(before, name, on), before)), name)),
      },
    }),
  };
  return { list: () => inForce(definitions.entry).map(shown), editor };
}

/** Definitions are plain JSON. */
function plain(definition: Named): NamedDefinition {
  return definition as unknown as NamedDefinition;
}

function shown({ definition, version, author, since }: InForce<Named>): NamedDefinition {
  return {
    ...plain(definition),
    version,
    ...(author === undefined ? {} : { author }),
    ...(since === undefined ? {} : { since }),
  };
}
