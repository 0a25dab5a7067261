import { TesseraError } from '../../errors.ts';
import type { OwnNames, PersonalFields } from '../../model/personal-fields.ts';
import type { EventSchemas } from '../schemas.ts';
import { createNameBook, type NameBook } from './judge-name.ts';
import { foldName } from './name-words.ts';

/** What names mean in each part of an event. */
export interface NameBooks {
  readonly properties: NameBook;
  readonly traits: NameBook;
  readonly context: NameBook;
}

/** The books of all parts, with what the operator says; fails with `invalid_config` where that takes back what schemas mark. */
export function createNameBooks(own: PersonalFields, schemas: EventSchemas): NameBooks {
  const { everywhere = {}, properties = {}, traits = {}, context = {} } = own;
  const marked = {
    traits: namesOf(schemas.envelope.personal.map(({ keys }) => keys.at(-1))),
    properties: namesOf(schemas.custom.personal.map(({ keys }) => keys.at(-1))),
  };
  refuseMarked('everywhere', everywhere, new Set([...marked.traits, ...marked.properties]));
  refuseMarked('traits', traits, marked.traits);
  refuseMarked('properties', properties, marked.properties);
  return {
    properties: createNameBook(joined(everywhere, properties)),
    traits: createNameBook(joined(everywhere, traits)),
    context: createNameBook(joined(everywhere, context)),
  };
}

function namesOf(names: readonly (string | undefined)[]): ReadonlySet<string> {
  return new Set(names.map((name = '') => foldName(name)));
}

function refuseMarked(place: string, { clear = [] }: OwnNames, marked: ReadonlySet<string>): void {
  const name = clear.find((each) => marked.has(foldName(each)));
  if (name === undefined) return;
  const path = `personal_fields.${place}.clear`;
  throw new TesseraError(
    'invalid_config',
    `${path} names ${name}, which the shipped schemas mark as personal.`,
    {
      path,
    },
  );
}

/** What is said of a part counts before what is said of all. */
function joined(everywhere: OwnNames, part: OwnNames): OwnNames {
  const cleared = new Set((part.clear ?? []).map(foldName));
  const sealed = new Set(Object.keys(part.seal ?? {}).map(foldName));
  const isFree = (name: string): boolean => !cleared.has(foldName(name)) && !sealed.has(foldName(name));
  const seal = Object.entries(everywhere.seal ?? {}).filter(([name]) => isFree(name));
  return {
    seal: { ...Object.fromEntries(seal), ...part.seal },
    clear: [...(everywhere.clear ?? []).filter(isFree), ...(part.clear ?? [])],
  };
}
