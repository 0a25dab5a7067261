import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Aggregate, FeatureDefinition } from '../model/feature.ts';
import type { JsonObject } from '../model/json.ts';
import { isJsonObject } from '../model/json.ts';
import { expandDerived } from './derived/expand-derived.ts';
import { reservedWords } from './derived/parse.ts';
import { expandAggregate } from './expand-aggregate.ts';
import { expandWindows } from './expand-windows.ts';

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const TYPE = /^[a-z0-9_]{1,64}$/;

const AGGREGATES: ReadonlySet<string> = new Set<Aggregate>([
  'count',
  'sum',
  'average',
  'minimum',
  'maximum',
  'first',
  'last',
  'distinct',
  'top_k',
  'list_last_n',
  'time_since',
  'cart',
  'variance',
  'standard_deviation',
  'decayed_sum',
  'rate',
  'quantile',
  'histogram',
  'purchases',
  'derived',
]);

const KEYS: ReadonlySet<string> = new Set([
  'name',
  'description',
  'on',
  'where',
  'aggregate',
  'of',
  'window',
  'windows',
  'previous',
  'zone',
  'idle',
  'money',
  'limit',
  'distinct',
  'unit',
  'half_life',
  'q',
  'by',
  'order',
]);

const PURCHASES = Object.freeze({ of: 'order.spend', money: true });

function refuse(name: string, path: string, why: string): never {
  throw new TesseraError(
    'invalid_definition',
    `feature "${name}"${path === '' ? '' : ` at ${path}`}: ${why}`,
    { path },
  );
}

function isAggregate(value: unknown): value is Aggregate {
  return typeof value === 'string' && AGGREGATES.has(value);
}

function nameOf(raw: JsonObject): string {
  const { name } = raw;
  if (typeof name !== 'string' || !NAME.test(name)) {
    refuse(String(name), '/name', 'must be snake_case of at most 64 characters, starting with a letter');
  }
  if (reservedWords.has(name)) {
    const words = [...reservedWords].join(', ');
    refuse(name, '/name', `is reserved, as ${words} are: in an expression it would mean something else`);
  }
  return name;
}

function typesOf(raw: JsonObject, name: string): readonly string[] {
  const types = typeof raw.on === 'string' ? [raw.on] : raw.on;
  if (!Array.isArray(types) || types.length === 0)
    refuse(name, '/on', 'must be an event type or a list of them');
  if (types.length > limits.featureTypesMax)
    refuse(name, '/on', `names ${types.length} event types; at most ${limits.featureTypesMax} are allowed`);
  const checked: string[] = [];
  for (const type of types) {
    if (typeof type !== 'string' || !TYPE.test(type))
      refuse(name, '/on', 'must name event types in snake_case');
    checked.push(type);
  }
  if (new Set(checked).size !== checked.length) refuse(name, '/on', 'names an event type twice');
  return checked;
}

function optionalText(raw: JsonObject, key: 'description' | 'of', name: string): string | undefined {
  const value = raw[key];
  if (value !== undefined && (typeof value !== 'string' || value === ''))
    refuse(name, `/${key}`, 'must be a text');
  return value;
}

function descriptionOf(raw: JsonObject, name: string): string | undefined {
  const description = optionalText(raw, 'description', name);
  const max = limits.featureDescriptionCharactersMax;
  if (description !== undefined && description.length > max)
    refuse(name, '/description', `must be of at most ${max} characters`);
  return description;
}

function optionalFlag(raw: JsonObject, key: 'money' | 'distinct', name: string): boolean | undefined {
  const value = raw[key];
  if (value !== undefined && typeof value !== 'boolean') refuse(name, `/${key}`, 'must be true or false');
  return value;
}

function limitOf(raw: JsonObject, name: string): number | undefined {
  const { limit } = raw;
  if (limit === undefined) return undefined;
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > limits.listEntriesMax) {
    refuse(name, '/limit', `must be a whole number from 1 to ${limits.listEntriesMax}`);
  }
  return limit;
}

function expandOne(raw: unknown): readonly FeatureDefinition[] {
  if (!isJsonObject(raw)) refuse('', '', 'a definition must be an object');
  const name = nameOf(raw);
  if (raw.aggregate === 'derived') return [expandDerived(raw, name)];
  for (const key of Object.keys(raw))
    if (!KEYS.has(key)) refuse(name, `/${key}`, 'is not a key of a feature');
  const on = typesOf(raw, name);
  const { aggregate, where } = raw;
  if (!isAggregate(aggregate)) refuse(name, '/aggregate', `must be one of ${[...AGGREGATES].join(', ')}`);
  if (where !== undefined && !isJsonObject(where)) refuse(name, '/where', 'must be a condition');
  const description = descriptionOf(raw, name);
  // What was paid for is part of what purchases are, so that nobody has to say it.
  const implied = aggregate === 'purchases' ? PURCHASES : undefined;
  const of = optionalText(raw, 'of', name) ?? implied?.of;
  const money = optionalFlag(raw, 'money', name) ?? implied?.money;
  const distinct = optionalFlag(raw, 'distinct', name);
  const limit = limitOf(raw, name);
  const options = expandAggregate(raw, name);
  return expandWindows(raw, name).map(({ name: expanded, ...window }) => ({
    name: expanded,
    ...(description === undefined ? {} : { description }),
    on,
    ...(where === undefined ? {} : { where }),
    aggregate,
    ...(of === undefined ? {} : { of }),
    ...window,
    ...(money === undefined ? {} : { money }),
    ...(limit === undefined ? {} : { limit }),
    ...(distinct === undefined ? {} : { distinct }),
    ...options,
  }));
}

/**
 * Definitions as their authors write them (parsed YAML or JSON) → one definition per feature: `on` becomes a
 * list, `windows: [1h, lifetime]` becomes `name_1h` and `name_lifetime`. Throws `invalid_definition`.
 */
export function expandDefinitions(raws: readonly unknown[]): readonly FeatureDefinition[] {
  const definitions = raws.flatMap((raw) => expandOne(raw));
  const names = new Set<string>();
  for (const { name } of definitions) {
    if (names.has(name)) refuse(name, '/name', 'is defined twice');
    names.add(name);
  }
  if (definitions.length > limits.featuresMax) {
    throw new TesseraError('invalid_definition', `there are more than ${limits.featuresMax} features`);
  }
  return definitions;
}
