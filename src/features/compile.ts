import { assert, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { NumberedDefinition } from '../model/definitions.ts';
import { hash53 } from '../model/hash.ts';
import { decimalsOfCurrency } from '../model/money.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import type { ModelSet } from '../model/value-model.ts';
import { type Zone, Zones } from '../model/zone.ts';
import { checkDefinition } from './check-definition.ts';
import { createOperation } from './create-operation.ts';
import { compileDerived, type DerivedFeature } from './derived/derived-features.ts';
import type { Extraction } from './extractor.ts';
import { compileExtraction, extractionKey } from './extractor.ts';
import type { Operation } from './operation.ts';
import { compileWindow, refuseWindow } from './window.ts';

export { expandDefinitions } from './expand.ts';

export interface Feature {
  readonly number: number;
  readonly name: string;
  readonly createdAt: EpochMs;
  readonly origin: boolean;
  /** How far back a reading reaches at most; Infinity for a lifetime. */
  readonly windowMs: DurationMs;
  readonly operation: Operation;
  readonly extractor: number;
  /** False for carts, which read order events as they come instead of order facts. */
  readonly countsFacts: boolean;
  /** True where refunds count at the time of their order: see net-orders.ts. */
  readonly netsOrders: boolean;
  /** Present while the feature is being filled from history: order facts count for it by this mark, see orders.ts. */
  readonly mark: number | undefined;
}

export interface Extractor extends Extraction {
  readonly features: readonly Feature[];
  /** Order facts first reported before this moment concern none of the features; those being filled aside. */
  readonly since: EpochMs;
  /** Whether a feature that is being filled reads it. */
  readonly fills: boolean;
}

/** Features that gather state without being read, until history has been added to it. */
export interface Filling {
  /** Of the backfill. */
  readonly id: string;
  readonly definitions: readonly NumberedDefinition[];
}

/** Everything in force, compiled: an event looks up its type and meets only what reads it. */
export interface FeatureSet {
  readonly reportingCurrency: string;
  /** Ascending by number; those that are being filled are among them, and in `byNumber` and `byType`, but in no name. */
  readonly features: readonly Feature[];
  /** What order facts carry that count for the features being filled; undefined while there are none. */
  readonly mark: number | undefined;
  readonly byName: ReadonlyMap<string, Feature>;
  readonly byNumber: ReadonlyMap<number, Feature>;
  readonly extractors: ReadonlyMap<number, Extractor>;
  readonly byType: ReadonlyMap<string, readonly Extractor[]>;
  /** Computed from the others when read; they have no state, and `features` and `byName` do not hold them. */
  readonly derived: ReadonlyMap<string, DerivedFeature>;
}

interface Shared {
  readonly reportingCurrency: string;
  readonly zones: Zones;
}

/** A definition on its way to a feature; of those that are being filled, with their mark. */
interface Compiling {
  readonly numbered: NumberedDefinition;
  readonly mark: number | undefined;
}

function compileFeature({ numbered, mark }: Compiling, extractor: number, shared: Shared): Feature {
  const { number, definition, createdAt, origin } = numbered;
  const window = compileWindow(definition, shared.zones);
  return {
    number,
    name: definition.name,
    createdAt,
    origin,
    windowMs: window.windowMs,
    operation: createOperation(definition, {
      window,
      reportingCurrency: shared.reportingCurrency,
      zone: zoneOf(definition, shared.zones),
    }),
    extractor,
    countsFacts: definition.aggregate !== 'cart',
    netsOrders: definition.aggregate === 'purchases',
    mark,
  };
}

function zoneOf({ name, zone = 'UTC' }: NumberedDefinition['definition'], zones: Zones): Zone {
  const found = zones.find(zone);
  if (found === undefined)
    refuseWindow(name, '/zone', `"${zone}" is not an IANA time zone such as Asia/Shanghai`);
  return found;
}

interface Group {
  readonly extraction: Extraction;
  readonly on: readonly string[];
  readonly features: Feature[];
}

function earliest(features: readonly Feature[]): EpochMs {
  return features.reduce(
    (least, feature) =>
      feature.mark === undefined ? Math.min(least, feature.origin ? 0 : feature.createdAt) : least,
    Infinity,
  );
}

function indexByType(
  groups: Iterable<Group>,
  extractors: ReadonlyMap<number, Extractor>,
): Map<string, Extractor[]> {
  const byType = new Map<string, Extractor[]>();
  for (const { extraction, on } of groups) {
    const extractor = extractors.get(extraction.number);
    assert(extractor !== undefined, 'every group has its extractor');
    for (const type of new Set(on)) {
      const list = byType.get(type);
      if (list === undefined) byType.set(type, [extractor]);
      else list.push(extractor);
    }
  }
  return byType;
}

const NO_MODELS: ModelSet = new Map();

interface CompileOptions {
  readonly reportingCurrency: string;
  readonly filling?: Filling | undefined;
  /** What derived features may ask (default: nothing). */
  readonly models?: ModelSet;
}

function check(definitions: readonly NumberedDefinition[], { reportingCurrency }: CompileOptions): void {
  if (definitions.length > limits.featuresMax) {
    throw new TesseraError('invalid_definition', `there are more than ${limits.featuresMax} features`);
  }
  if (decimalsOfCurrency(reportingCurrency) === undefined) {
    throw new TesseraError('unknown_currency', `the reporting currency ${reportingCurrency} is unknown`);
  }
}

/** Those with state, by what they read from events. */
function group(compiling: readonly Compiling[], shared: Shared): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const each of compiling) {
    const { definition } = each.numbered;
    checkDefinition(definition);
    const key = extractionKey(definition);
    const known = groups.get(key) ?? {
      extraction: compileExtraction(definition, shared.zones),
      on: definition.on,
      features: [],
    };
    groups.set(key, known);
    known.features.push(compileFeature(each, known.extraction.number, shared));
  }
  return groups;
}

function extractorOf({ extraction, features }: Group): Extractor {
  const fills = features.some(({ mark }) => mark !== undefined);
  return { ...extraction, features, since: earliest(features), fills };
}

/** Compiles the definitions in force. Throws `invalid_definition`, naming the feature and the place. */
export function compileFeatures(
  definitions: readonly NumberedDefinition[],
  options: CompileOptions,
): FeatureSet {
  check(definitions, options);
  const { reportingCurrency, filling } = options;
  const mark = filling === undefined ? undefined : hash53(`backfill ${filling.id}`);
  const compiling = [
    ...definitions.map((numbered) => ({ numbered, mark: undefined })),
    ...(filling?.definitions ?? []).map((numbered) => ({ numbered, mark })),
  ].sort((a, b) => a.numbered.number - b.numbered.number);
  const isDerived = ({ numbered }: Compiling): boolean => numbered.definition.aggregate === 'derived';
  const groups = group(
    compiling.filter((each) => !isDerived(each)),
    { reportingCurrency, zones: new Zones() },
  );
  const features = [...groups.values()].flatMap((each) => each.features).sort((a, b) => a.number - b.number);
  const extractors = new Map(
    [...groups.values()].map((each) => [each.extraction.number, extractorOf(each)] as const),
  );
  assert(extractors.size === groups.size, 'two extractors share a number');
  assert(mark === undefined || !extractors.has(mark), 'an extractor has the number of a mark');
  const byName = new Map(
    features.filter((feature) => feature.mark === undefined).map((feature) => [feature.name, feature]),
  );
  const byNumber = new Map(features.map((feature) => [feature.number, feature]));
  const computed = compiling.filter(isDerived).map(({ numbered }) => numbered);
  const derived = compileDerived(computed, {
    stored: new Set(byName.keys()),
    models: options.models ?? NO_MODELS,
  });
  if (new Set([...byName.keys(), ...derived.keys()]).size !== definitions.length)
    throw new TesseraError('invalid_definition', 'two features have one name');
  assert(byNumber.size === features.length, 'two features have one number');
  const byType = indexByType(groups.values(), extractors);
  return { reportingCurrency, features, mark, byName, byNumber, extractors, byType, derived };
}
