import type { NormalizeOptions } from './normalize.ts';
import type { MarkedBelow } from './personal/find-personal.ts';
import { CLEARED, NameBook, PLAIN } from './personal/judge-name.ts';
import type { PersonalValue } from './personal/personal-value.ts';
import { pointer } from './rejection.ts';
import type { EventSchema } from './schemas.ts';
import type { PersonalField } from './shape.ts';

/** A schema with what does not change from event to event. */
export interface Plan {
  readonly schema: EventSchema;
  /** What the names of its own properties mean: schemas first, then everybody's table. */
  readonly names: NameBook;
  readonly personalBelow: readonly PersonalValue[];
  /** Where these are; absent while there are none. */
  readonly below?: MarkedBelow | undefined;
}

/** Prepared for what is shipped once, and for what definitions say whenever that has changed. */
export function createPlans(
  { schemas, own, allowCustomTypes }: Pick<NormalizeOptions, 'schemas' | 'own' | 'allowCustomTypes'>,
  book: NameBook,
): (type: string) => Plan | undefined {
  const planOf = (schema: EventSchema): Plan => makePlan(schema, book);
  const shipped = new Map<string, Plan>();
  for (const [type, schema] of schemas.types) shipped.set(type, planOf(schema));
  // For types outside the taxonomy.
  const custom = allowCustomTypes ? planOf(schemas.custom) : undefined;
  if (own === undefined) return (type) => shipped.get(type) ?? custom;
  let inForce: ReadonlyMap<string, EventSchema> | undefined;
  let all: ReadonlyMap<string, Plan> = shipped;
  return (type) => {
    const now = own();
    if (now !== inForce) {
      const defined = [...now].map(([name, schema]) => [name, planOf(schema)] as const);
      all = new Map([...shipped, ...defined]);
      inForce = now;
    }
    return all.get(type) ?? custom;
  };
}

function makePlan(schema: EventSchema, book: NameBook): Plan {
  const all = schema.personal.map(personalValue);
  const personalBelow = all.filter(({ keys }) => keys.length > 2);
  const { known, conversions } = schema.shape;
  const converted = new Set(conversions.map(({ key }) => key));
  return {
    schema,
    names: topBook(all, book, { listed: known, converted }),
    personalBelow,
    below: personalBelow.length === 0 ? undefined : markedBelow(personalBelow),
  };
}

/** What the names of traits mean. */
export function traitBook(envelope: EventSchema, book: NameBook): NameBook {
  return topBook(envelope.personal.map(personalValue), book, { listed: NO_NAMES, converted: NO_NAMES });
}

const NO_NAMES: ReadonlySet<string> = new Set();

function personalValue({ keys, kind }: PersonalField): PersonalValue {
  return { path: keys.reduce(pointer, ''), keys, kind };
}

interface Listed {
  /** Names that the shipped schema lists: it has said which of them are personal. */
  readonly listed: ReadonlySet<string>;
  /** Among them those of amounts, which the engine reckons with, and ids, such as that of an employee, whose form says nothing. */
  readonly converted: ReadonlySet<string>;
}

/** One look-up for a name, since every field of every event comes this way. */
function topBook(marked: readonly PersonalValue[], book: NameBook, { listed, converted }: Listed): NameBook {
  const fields = new Map(
    marked.filter(({ keys }) => keys.length === 2).map((field) => [field.keys[1] ?? '', field]),
  );
  return new NameBook((name) => {
    const field = fields.get(name);
    if (field !== undefined) return { ...PLAIN, field };
    // What a definition of the owner converts is not listed, and may well be somebody's.
    if (listed.has(name) && converted.has(name)) return CLEARED;
    const verdict = book.get(name);
    if (!listed.has(name) || verdict.kind === undefined || verdict.isOwn) return verdict;
    return verdict.speaksOf === undefined ? PLAIN : { ...verdict, kind: undefined };
  });
}

function markedBelow(marked: readonly PersonalValue[]): MarkedBelow {
  return {
    at: new Set(marked.map(({ keys }) => keys.join('\0'))),
    around: new Set(
      marked.flatMap(({ keys }) => keys.slice(2).map((_, n) => keys.slice(0, n + 2).join('\0'))),
    ),
  };
}
