import { assert, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { NumberedDefinition } from '../model/definitions.ts';
import type { Aggregate, FeatureDefinition } from '../model/feature.ts';
import { decimalsOfCurrency } from '../model/money.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import { isCartType } from './cart-lines.ts';
import { createOperation } from './create-operation.ts';
import type { Extraction } from './extractor.ts';
import { compileExtraction, extractionKey } from './extractor.ts';
import type { Operation } from './operation.ts';
import { compileSpan } from './tiles.ts';

export { expandDefinitions } from './expand.ts';

export interface Feature {
  readonly number: number;
  readonly name: string;
  readonly createdAt: EpochMs;
  readonly origin: boolean;
  /** Infinity for a lifetime. */
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
}

const NEEDS_VALUE: ReadonlySet<Aggregate> = new Set<Aggregate>([
  'sum',
  'average',
  'minimum',
  'maximum',
  'first',
  'last',
  'distinct',
  'top_k',
  'list_last_n',
]);
const TAKES_NO_VALUE: ReadonlySet<Aggregate> = new Set<Aggregate>(['time_since', 'cart']);
const TAKES_MONEY: ReadonlySet<Aggregate> = new Set<Aggregate>(['sum', 'average', 'minimum', 'maximum']);
const TAKES_LIMIT: ReadonlySet<Aggregate> = new Set<Aggregate>(['top_k', 'list_last_n']);

function refuse(definition: FeatureDefinition, path: string, why: string): never {
  throw new TesseraError('invalid_definition', `feature "${definition.name}" at ${path}: ${why}`, { path });
}

/** What the types cannot say: which keys an aggregate takes. Paths, windows and conditions check themselves. */
function check(definition: FeatureDefinition): void {
  const { aggregate, of } = definition;
  if (of === undefined && NEEDS_VALUE.has(aggregate))
    refuse(definition, '/of', `${aggregate} needs the path of a value`);
  if (of !== undefined && TAKES_NO_VALUE.has(aggregate))
    refuse(definition, '/of', `${aggregate} takes no value`);
  if (definition.money && !TAKES_MONEY.has(aggregate))
    refuse(definition, '/money', `${aggregate} is not of amounts`);
  if (definition.limit !== undefined && !TAKES_LIMIT.has(aggregate))
    refuse(definition, '/limit', `${aggregate} has none`);
  if (definition.distinct !== undefined && aggregate !== 'list_last_n') {
    refuse(
      definition,
      '/distinct',
      'belongs to list_last_n; distinct values are counted by the aggregate "distinct"',
    );
  }
  if (definition.unit !== undefined && aggregate !== 'time_since')
    refuse(definition, '/unit', 'belongs to time_since');
  if (aggregate !== 'cart') return;
  for (const type of definition.on) {
    if (!isCartType(type)) refuse(definition, '/on', `"${type}" says nothing about a cart`);
  }
}

function compileFeature(numbered: NumberedDefinition, extractor: number, reportingCurrency: string): Feature {
  const { number, definition, createdAt, origin } = numbered;
  return {
    number,
    name: definition.name,
    createdAt,
    origin,
    windowMs: compileSpan(definition.window).windowMs,
    operation: createOperation(definition, reportingCurrency),
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
  const groups = new Map<string, Group>();
  const features: Feature[] = [];
  for (const numbered of definitions.toSorted((a, b) => a.number - b.number)) {
    const { definition } = numbered;
    check(definition);
    const key = extractionKey(definition);
    const group = groups.get(key) ?? {
      extraction: compileExtraction(definition),
      on: definition.on,
      features: [],
    };
    groups.set(key, group);
    const feature = compileFeature(numbered, group.extraction.number, options.reportingCurrency);
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
  if (byName.size !== features.length)
    throw new TesseraError('invalid_definition', 'two features have one name');
  assert(byNumber.size === features.length, 'two features have one number');
  const byType = indexByType(groups.values(), extractors);
  return { reportingCurrency: options.reportingCurrency, features, byName, byNumber, extractors, byType };
}
