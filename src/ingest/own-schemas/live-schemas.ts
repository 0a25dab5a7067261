import type { Versioned } from '../../model/definitions.ts';
import type { EventSchemaDefinition } from '../../model/event-schema.ts';
import type { EventSchema, EventSchemas } from '../schemas.ts';
import type { PersonalField, Shape } from '../shape.ts';
import { compileOwnSchema, type OwnSchema } from './own-schema.ts';

type InForce = readonly Versioned<EventSchemaDefinition>[];

/** What events have to look like at this moment: the shipped schemas, and what definitions ask beside them. */
export interface LiveSchemas {
  readonly shipped: EventSchemas;
  /**
   * Of each type that a definition is about, the shipped schema of it (or that of custom events) with what the definition asks. The same
   * map for as long as the definitions are the same, so that whoever has prepared something from it sees whether that still holds.
   */
  own(): ReadonlyMap<string, EventSchema>;
  /** Of a type that is known, shipped or defined; undefined: it would be taken as a custom one. */
  find(type: string): EventSchema | undefined;
}

const NONE: ReadonlyMap<string, EventSchema> = new Map();

/** Follows what is in force: `inForce` is asked for each event, and answers the same list while nothing has changed. */
export function createLiveSchemas(shipped: EventSchemas, inForce: () => InForce | undefined): LiveSchemas {
  let list: InForce | undefined;
  let map = NONE;
  const own = (): ReadonlyMap<string, EventSchema> => {
    const now = inForce();
    if (now === list) return map;
    map = now === undefined || now.length === 0 ? NONE : joined(shipped, now, map);
    list = now;
    return map;
  };
  return { shipped, own, find: (type) => own().get(type) ?? shipped.types.get(type) };
}

/** Schemas that stay as they were stay compiled, whatever else has changed; while all do, so does the map. */
function joined(
  shipped: EventSchemas,
  now: InForce,
  before: ReadonlyMap<string, EventSchema>,
): ReadonlyMap<string, EventSchema> {
  const next = new Map<string, EventSchema>();
  let isSame = before.size === now.length;
  for (const { definition, version } of now) {
    const { name } = definition;
    const known = before.get(name);
    const stays = known?.own?.version === version;
    isSame &&= stays;
    const base = shipped.types.get(name) ?? shipped.custom;
    next.set(name, stays ? known : withOwnSchema(base, compileOwnSchema(definition, version)));
  }
  return isSame ? before : next;
}

/** The schema of a type, with what its owner asks beside it. */
export function withOwnSchema(base: EventSchema, own: OwnSchema): EventSchema {
  return {
    ...base,
    type: own.name,
    title: String(own.document.title ?? base.title),
    description: String(own.document.description ?? base.description),
    label: base.label,
    shape: joinShapes(base.shape, own.shape),
    personal: joinPersonal(base.personal, own.personal),
    own,
  };
}

/** Where both say something, the shipped one is right: the engine reads by it. */
function joinShapes(base: Shape, own: Shape): Shape {
  const isNew = ({ key }: { readonly key: string }): boolean => !base.known.has(key);
  const aliases = new Map(base.aliases);
  for (const [alias, key] of own.aliases)
    if (!aliases.has(alias) && !base.known.has(alias)) aliases.set(alias, key);
  const children = new Map(base.children.map(({ key, shape }) => [key, shape]));
  for (const { key, shape } of own.children) {
    const shipped = children.get(key);
    children.set(key, shipped === undefined ? shape : joinShapes(shipped, shape));
  }
  return {
    known: base.known,
    aliases,
    conversions: [...base.conversions, ...own.conversions.filter(isNew)],
    fallbacks: [...base.fallbacks, ...own.fallbacks.filter(isNew)],
    children: [...children].map(([key, shape]) => ({ key, shape })),
    money: base.money || own.money,
  };
}

/** A field within one that is sealed as a whole is sealed with it. */
function joinPersonal(
  base: readonly PersonalField[],
  own: readonly PersonalField[],
): readonly PersonalField[] {
  const fields = new Map<string, PersonalField>();
  for (const field of [...own, ...base]) fields.set(field.keys.join('/'), field);
  const isWithin = ({ keys }: PersonalField): boolean =>
    keys.some((_, n) => n > 0 && fields.has(keys.slice(0, n).join('/')));
  return [...fields.values()].filter((field) => !isWithin(field));
}
