import { NO_EVENT, type ProfileLookup } from '../conditions/condition.ts';
import { compilePath, type ValueGetter } from '../conditions/path.ts';
import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { withoutSealed } from '../model/without-sealed.ts';
import { refuse } from './patterns/refuse.ts';

/*
 * What goes along with a decision. Most of it is as its author wrote it; `{ feature: NAME }` and `{ event: PATH }` stand for
 * what these are when the decision is made, such as the cart that an associate is to know of.
 */

/** Answers the data of one decision. */
export type ActionData = (event: Event | undefined, lookup: Pick<ProfileLookup, 'feature'>) => JsonObject;

type Filled = (event: Event, lookup: Pick<ProfileLookup, 'feature'>) => JsonValue | undefined;

/** Fails with `invalid_definition` and the place. `features`: those in force; without them any name is accepted. */
export function compileActionData(
  data: JsonObject,
  { features }: { readonly features?: ReadonlySet<string> },
): ActionData {
  const fields = Object.entries(data).map(
    ([name, value]) =>
      [name, compileValue(value ?? null, { path: `/action/data/${name}`, depth: 1, features })] as const,
  );
  return (event = NO_EVENT, lookup) => filled(fields, event, lookup);
}

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly features: ReadonlySet<string> | undefined;
}

function compileValue(value: JsonValue, place: Place): Filled {
  const { path, depth } = place;
  if (depth > limits.jsonDepthMax) refuse(path, `is nested deeper than ${limits.jsonDepthMax}`);
  if (Array.isArray(value)) {
    const entries = value.map((entry: JsonValue, n) =>
      compileValue(entry, { ...place, path: `${path}/${n}`, depth: depth + 1 }),
    );
    return (event, lookup) => entries.map((entry) => entry(event, lookup) ?? null);
  }
  if (!isJsonObject(value)) return () => value;
  return compileAsked(value, place) ?? compileObject(value, place);
}

function compileObject(value: JsonObject, place: Place): Filled {
  const fields = Object.entries(value).map(
    ([name, inner]) =>
      [
        name,
        compileValue(inner ?? null, { ...place, path: `${place.path}/${name}`, depth: place.depth + 1 }),
      ] as const,
  );
  return (event, lookup) => filled(fields, event, lookup);
}

/** An object that holds nothing but one of these words asks for a value. */
function compileAsked(value: JsonObject, { path, features }: Place): Filled | undefined {
  const [[word, name] = [], ...more] = Object.entries(value);
  if (more.length > 0 || typeof name !== 'string') return undefined;
  if (word === 'feature') {
    if (features?.has(name) === false) refuse(`${path}/feature`, `there is no feature "${name}"`);
    return (_event, lookup) => lookup.feature(name);
  }
  if (word !== 'event') return undefined;
  const read: ValueGetter = compilePath(name, `${path}/event`);
  return (event) => {
    const found = read(event);
    return found === undefined ? undefined : withoutSealed(found);
  };
}

/** What is not known is left out, as templates expect it. */
function filled(
  fields: readonly (readonly [name: string, value: Filled])[],
  event: Event,
  lookup: Pick<ProfileLookup, 'feature'>,
): JsonObject {
  const found: [string, JsonValue][] = [];
  for (const [name, value] of fields) {
    const known = value(event, lookup);
    if (known !== undefined && known !== null) found.push([name, known]);
  }
  return Object.fromEntries(found);
}
