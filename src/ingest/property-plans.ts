import type { NormalizeOptions, PersonalValue } from './normalize.ts';
import { pointer } from './rejection.ts';
import type { EventSchema } from './schemas.ts';

/** A schema with what does not change from event to event. */
export interface Plan {
  readonly schema: EventSchema;
  /** Personal properties by name: events have few properties, and the list of names is long. */
  readonly personal: ReadonlyMap<string, PersonalValue>;
  readonly personalBelow: readonly PersonalValue[];
}

/** Prepared for what is shipped once, and for what definitions say whenever that has changed. */
export function createPlans({
  schemas,
  own,
  allowCustomTypes,
}: Pick<NormalizeOptions, 'schemas' | 'own' | 'allowCustomTypes'>): (type: string) => Plan | undefined {
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

export function planOf(schema: EventSchema): Plan {
  const all = schema.personal.map(({ keys, kind }) => ({ path: keys.reduce(pointer, ''), keys, kind }));
  return {
    schema,
    personal: new Map(
      all.filter(({ keys }) => keys.length === 2).map((field) => [field.keys[1] ?? '', field]),
    ),
    personalBelow: all.filter(({ keys }) => keys.length > 2),
  };
}
