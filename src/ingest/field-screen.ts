import type { CompiledPrivacy } from '../model/compile-privacy.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { biometricNames } from '../model/sensitive-fields.ts';
import { pointer, type Rejection, reject } from './rejection.ts';

/*
 * What must not be taken in at all, before anything else looks at an event: biometric data, with which the event is refused and not
 * even kept in quarantine, and sensitive fields that no active purpose is declared for, without which it goes on.
 */

/** A field that an event came with and went on without. */
export interface DroppedField {
  /** JSON pointer into the event as it was sent. */
  readonly path: string;
  readonly code: 'undeclared_field';
}

export interface Screened {
  readonly ok: true;
  /** The event itself where nothing had to go. */
  readonly event: JsonObject;
  readonly dropped: readonly DroppedField[];
}

export type FieldScreen = (event: JsonObject) => Screened | Rejection;

export interface FieldScreenOptions {
  /** What is in force now. */
  readonly privacy: () => CompiledPrivacy;
  /** Hears of every field that was dropped, by its declared or usual name. */
  readonly onDropped: (field: string) => void;
}

/** By name of a field: how it is called, or that it is biometric. One look-up a field, since every event comes this way. */
type Names = ReadonlyMap<string, string>;

interface Tables {
  readonly of: CompiledPrivacy;
  readonly traits: Names;
  readonly properties: Names;
}

/** No name of a field. */
const BIOMETRIC = '';
const NOTHING: readonly DroppedField[] = Object.freeze([]);

export function createFieldScreen({ privacy, onDropped }: FieldScreenOptions): FieldScreen {
  const biometric = [...biometricNames()].map((name) => [name, BIOMETRIC] as const);
  const identifiers: Names = new Map(biometric);
  let tables: Tables | undefined;
  const tablesOf = (inForce: CompiledPrivacy): Tables => {
    if (tables?.of === inForce) return tables;
    tables = {
      of: inForce,
      traits: new Map([...inForce.unwanted, ...biometric]),
      properties: new Map([...inForce.unwantedProperties, ...biometric]),
    };
    return tables;
  };
  return (event) => {
    const { traits, properties } = tablesOf(privacy());
    if (namesBiometric(event.identifiers, identifiers)) return refused('/identifiers');
    const inTraits = unwantedIn(event.traits, traits);
    const inProperties = unwantedIn(event.properties, properties);
    if (inTraits === undefined && inProperties === undefined) return { ok: true, event, dropped: NOTHING };
    if (inTraits?.includes(BIOMETRIC)) return refused('/traits');
    if (inProperties?.includes(BIOMETRIC)) return refused('/properties');
    const dropped: DroppedField[] = [];
    const without = (part: 'traits' | 'properties', keys: readonly string[] | undefined, names: Names) => {
      if (keys === undefined) return undefined;
      for (const key of keys) {
        dropped.push({ path: pointer(`/${part}`, key), code: 'undeclared_field' });
        onDropped(names.get(key) ?? key);
      }
      return { [part]: withoutKeys(event[part], keys) };
    };
    const screened = {
      ...event,
      ...without('traits', inTraits, traits),
      ...without('properties', inProperties, properties),
    };
    return { ok: true, event: screened, dropped };
  };
}

/** Keys of what has to go, of biometric data no more than that there is some; undefined where everything may stay. */
function unwantedIn(part: JsonValue | undefined, names: Names): readonly string[] | undefined {
  if (!isJsonObject(part)) return undefined;
  let found: string[] | undefined;
  for (const key in part) {
    const name = names.get(key);
    if (name === undefined) continue;
    if (name === BIOMETRIC && saysLittle(part[key])) continue;
    found ??= [];
    found.push(name === BIOMETRIC ? BIOMETRIC : key);
  }
  return found;
}

/** That somebody has switched it on is no biometric data. */
function saysLittle(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || typeof value === 'boolean';
}

function namesBiometric(identifiers: JsonValue | undefined, names: Names): boolean {
  if (!isJsonObject(identifiers)) return false;
  for (const key in identifiers) {
    const issuer = key.indexOf('@');
    if (names.has(issuer < 0 ? key : key.slice(0, issuer))) return true;
  }
  return false;
}

function withoutKeys(part: JsonValue | undefined, keys: readonly string[]): JsonObject {
  const kept: Record<string, JsonValue> = {};
  if (isJsonObject(part))
    for (const [key, value] of Object.entries(part))
      if (value !== undefined && !keys.includes(key)) kept[key] = value;
  return kept;
}

function refused(path: string): Rejection {
  return reject('biometric_refused', path, 'Biometric data is not taken; nothing of the event was kept.');
}
