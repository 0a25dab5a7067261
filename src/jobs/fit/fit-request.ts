import type { Definitions } from '../../definitions/definitions.ts';
import { TesseraError, unreachable } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { readMoment } from '../../model/date-time.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import { type ModelDefinition, type ModelType, modelTypes, type RfmModel } from '../../model/value-model.ts';
import type { ClustersRequest } from './fit-clusters.ts';
import type { ClvRequest } from './fit-clv.ts';
import type { RfmRequest } from './fit-rfm.ts';

export type FitRequest =
  | ({ readonly type: 'clv' } & ClvRequest)
  | ({ readonly type: 'rfm' } & RfmRequest)
  | ({ readonly type: 'clusters' } & ClustersRequest);

export interface Surroundings {
  readonly now: EpochMs;
  readonly definitions: Definitions;
}

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** So much earlier than in UTC a day begins in the east. */
const LEAD_MS = 14 * 3_600_000;
const PURCHASES = 'purchases';
/** What counts in the extended score where nothing else is asked for: features of the shipped definitions. */
const PARTS: Readonly<Record<string, string>> = Object.freeze({
  engagement: 'engagement',
  sharing: 'shares_365d',
  adoption: 'new_products_365d',
});
const CLUSTERED: readonly string[] = Object.freeze([
  'orders_365d',
  'spend_365d',
  'days_since_last_order',
  'average_order_value',
  'discount_share',
  'engagement',
]);
const COUNTS: readonly [number, number] = [2, 8];
const FIELDS: Readonly<Record<ModelType, readonly string[]>> = {
  clv: ['type', 'feature', 'as_of'],
  rfm: ['type', 'feature', 'as_of', 'parts', 'weights', 'groups'],
  clusters: ['type', 'features', 'k', 'log'],
};

function refuse(field: string, problem: string): never {
  throw new TesseraError('invalid_parameter', `The field ${field} ${problem}.`, { path: `/${field}` });
}

/**
 * What a fit is asked for. What the body leaves out is as the model of that name was fitted before, or else a default.
 * Fails with `invalid_parameter`, naming the field.
 */
export function readFitRequest(name: string, body: JsonObject, surroundings: Surroundings): FitRequest {
  if (!NAME.test(name)) refuse('name', 'must be snake_case of at most 64 characters');
  const { definitions } = surroundings;
  const known = definitions.entry.models?.find(({ definition }) => definition.name === name)?.definition;
  const type = typeOf(name, body, known);
  for (const field of Object.keys(body))
    if (!FIELDS[type].includes(field))
      refuse(field.replace(/[^\w.-]/g, '?').slice(0, 64), `is unknown to ${type}`);
  const options = { ...(known?.type === type ? optionsOf(known) : {}), ...body };
  const asked: Asked = { name, options, ...surroundings };
  switch (type) {
    case 'clv':
      return { type, name, feature: featureIn(options), ...asOfIn(asked), options };
    case 'rfm':
      return { type, name, feature: featureIn(options), ...asOfIn(asked), ...rfmIn(asked), options };
    case 'clusters':
      return { type, name, ...clustersIn(asked), asOf: surroundings.now, options };
    default:
      return unreachable(type);
  }
}

interface Asked extends Surroundings {
  readonly name: string;
  readonly options: JsonObject;
}

function typeOf(name: string, { type }: JsonObject, known: ModelDefinition | undefined): ModelType {
  const wanted = type ?? known?.type ?? name;
  const found = modelTypes.find((each) => each === wanted);
  return found ?? refuse('type', `must be ${modelTypes.join(', ')}`);
}

/** A day that was asked for once is not asked for again by the next fit; what was changed by hand since stays. */
function optionsOf(known: ModelDefinition): JsonObject {
  const { as_of: _asOf, ...options } = known.fit?.options ?? {};
  if (known.type !== 'rfm') return options;
  const { weights, groups } = known;
  // Both are plain JSON.
  return {
    ...options,
    ...(weights === undefined ? {} : { weights: weights as JsonObject }),
    ...(groups === undefined ? {} : { groups: groups as unknown as JsonValue }),
  };
}

function featureIn({ feature = PURCHASES }: JsonObject): string {
  return typeof feature === 'string' ? feature : refuse('feature', 'must be the name of a feature');
}

function asOfIn({ options: { as_of: day }, now }: Asked): { readonly asOf: EpochMs; readonly day?: number } {
  if (day === undefined) return { asOf: now };
  const at = typeof day === 'string' && DAY.test(day) ? readMoment(day) : undefined;
  if (at === undefined) refuse('as_of', 'must be a day such as 2026-11-21');
  if (at > now + LEAD_MS) refuse('as_of', 'must be a day that has begun');
  // The day counts as a whole, by the clock of the feature.
  return { asOf: at + DAY_MS - 1, day: at / DAY_MS };
}

function rfmIn({ options, definitions }: Asked): Pick<RfmRequest, 'parts' | 'weights' | 'groups'> {
  const { parts = defaultParts(definitions), weights, groups } = options;
  if (!isJsonObject(parts) || Object.values(parts).some((feature) => typeof feature !== 'string'))
    refuse('parts', 'must name a feature for each part');
  if (weights !== undefined && !isJsonObject(weights)) refuse('weights', 'must be numbers by name');
  if (groups !== undefined && !Array.isArray(groups)) refuse('groups', 'must be a list');
  // Whatever else is wrong with these, the check of the model says before it is put in force.
  return {
    parts: parts as Readonly<Record<string, string>>,
    ...(weights === undefined ? {} : { weights: weights as RfmModel['weights'] }),
    ...(groups === undefined ? {} : { groups: groups as unknown as RfmModel['groups'] }),
  };
}

function defaultParts({ features }: Definitions): JsonObject {
  const there = Object.entries(PARTS).filter(
    ([, name]) => features.byName.has(name) || features.derived.has(name),
  );
  return Object.fromEntries(there);
}

function clustersIn({ options, definitions }: Asked): Pick<ClustersRequest, 'features' | 'counts' | 'log'> {
  const { byName, derived } = definitions.features;
  const {
    features = CLUSTERED.filter((name) => byName.has(name) || derived.has(name)),
    k = [...COUNTS],
    log = true,
  } = options;
  if (!isList(features) || features.length === 0 || features.length > limits.clusterAxesMax)
    refuse('features', `must name 1 to ${limits.clusterAxesMax} features`);
  const names = features.map((name) =>
    typeof name === 'string' ? name : refuse('features', 'must be names'),
  );
  if (new Set(names).size < names.length) refuse('features', 'names a feature twice');
  if (typeof log !== 'boolean') refuse('log', 'must be true or false');
  return { features: names, counts: countsIn(k), log };
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function countsIn(k: JsonValue): readonly number[] {
  const [least, most] = typeof k === 'number' ? [k, k] : isList(k) && k.length === 2 ? k : [];
  const max = limits.clustersMax;
  if (!isCount(least) || !isCount(most) || least > most)
    refuse('k', `must be a number of clusters from 2 to ${max}, or the least and the most of them`);
  return Array.from({ length: most - least + 1 }, (_, i) => least + i);
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 2 && value <= limits.clustersMax;
}
