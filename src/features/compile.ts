import { assert, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { NumberedDefinition } from '../model/definitions.ts';
import { decimalsOfCurrency } from '../model/money.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import { Zones } from '../model/zone.ts';
import { checkDefinition } from './check-definition.ts';
import { createOperation } from './create-operation.ts';
import { compileDerived, type DerivedFeature } from './derived/derived-features.ts';
import type { Extraction } from './extractor.ts';
import { compileExtraction, extractionKey } from './extractor.ts';
import type { Operation } from './operation.ts';
import { compileWindow } from './window.ts';

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
}

export interface Extractor extends Extraction {
  readonly features: readonly Feature[];
  /** Order facts first reported before this moment concern none of the features. */
  readonly since: EpochMs;
}

/** Everything in force, compiled: an event looks up its type and meets only what reads it. */
export interface FeatureSet {
  readonly reportingCurrency: string;
  /** Ascending by number. */
  readonly features: readonly Feature[];
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

function compileFeature(numbered: NumberedDefinition, extractor: number, shared: Shared): Feature {
  const { number, definition, createdAt, origin } = numbered;
  const window = compileWindow(definition, shared.zones);
  return {
    number,
    name: definition.name,
    createdAt,
    origin,
    windowMs: window.windowMs,
    operation: createOperation(definition, { window, reportingCurrency: shared.reportingCurrency }),
    extractor,
    countsFacts: definition.aggregate !== 'cart',
  };
}

interface Group {
  readonly extraction: Extraction;
  readonly on: readonly string[];
  readonly features: Feature[];
}

function earliest(features: readonly Feature[]): EpochMs {
  return features.reduce(
    (least, feature) => Math.min(least, feature.origin ? 0 : feature.createdAt),
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

/** Compiles the definitions in force. Throws `invalid_definition`, naming the feature and the place. */
export function compileFeatures(
  definitions: readonly NumberedDefinition[],
  options: { readonly reportingCurrency: string },
): FeatureSet {
  if (definitions.length > limits.featuresMax) {
    throw new TesseraError('invalid_definition', `there are more than ${limits.featuresMax} features`);
  }
  if (decimalsOfCurrency(options.reportingCurrency) === undefined) {
    throw new TesseraError(
      'unknown_currency',
      `the reporting currency ${options.reportingCurrency} is unknown`,
    );
  }
  const shared: Shared = { reportingCurrency: options.reportingCurrency, zones: new Zones() };
  const groups = new Map<string, Group>();
  const features: Feature[] = [];
  const computed: NumberedDefinition[] = [];
  for (const numbered of definitions.toSorted((a, b) => a.number - b.number)) {
    const { definition } = numbered;
    if (definition.aggregate === 'derived') {
      computed.push(numbered);
      continue;
    }
    checkDefinition(definition);
    const key = extractionKey(definition);
    const group = groups.get(key) ?? {
      extraction: compileExtraction(definition, shared.zones),
      on: definition.on,
      features: [],
    };
    groups.set(key, group);
    const feature = compileFeature(numbered, group.extraction.number, shared);
    group.features.push(feature);
    features.push(feature);
  }
  const extractors = new Map<number, Extractor>();
  for (const { extraction, features: readers } of groups.values()) {
    extractors.set(extraction.number, { ...extraction, features: readers, since: earliest(readers) });
  }
  assert(extractors.size === groups.size, 'two extractors share a number');
  const byName = new Map(features.map((feature) => [feature.name, feature]));
  const byNumber = new Map(features.map((feature) => [feature.number, feature]));
  const derived = compileDerived(computed, new Set(byName.keys()));
  if (new Set([...byName.keys(), ...derived.keys()]).size !== definitions.length)
    throw new TesseraError('invalid_definition', 'two features have one name');
  assert(byNumber.size === features.length, 'two features have one number');
  const byType = indexByType(groups.values(), extractors);
  return {
    reportingCurrency: options.reportingCurrency,
    features,
    byName,
    byNumber,
    extractors,
    byType,
    derived,
  };
}
