import { assert, TesseraError, unreachable } from '../errors.ts';
import { limits } from '../limits.ts';
import type { FeatureDefinition, RateUnit, TimeSinceUnit } from '../model/feature.ts';
import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, parseDuration, SECOND_MS } from '../model/time.ts';
import type { Zone } from '../model/zone.ts';
import { slotNames } from './clock-slots.ts';
import type { Operation, OperationOptions } from './operation.ts';
import { createAverage } from './operations/average.ts';
import { createCart } from './operations/cart.ts';
import { createCount } from './operations/count.ts';
import { createDecayedSum } from './operations/decayed-sum.ts';
import { createDistinct } from './operations/distinct.ts';
import { createFirst } from './operations/first.ts';
import { createHistogram } from './operations/histogram.ts';
import { createKeyed } from './operations/keyed.ts';
import { createLast } from './operations/last.ts';
import { createListLastN } from './operations/list-last-n.ts';
import { createMaximum } from './operations/maximum.ts';
import { createMinimum } from './operations/minimum.ts';
import { createPurchases } from './operations/purchases.ts';
import { createQuantile } from './operations/quantile.ts';
import { createRate } from './operations/rate.ts';
import { createStandardDeviation } from './operations/standard-deviation.ts';
import { createSum } from './operations/sum.ts';
import { createTimeSince } from './operations/time-since.ts';
import { createTopKeys } from './operations/top-keys.ts';
import { createVariance } from './operations/variance.ts';
import type { Span } from './tiles.ts';
import type { Window } from './window.ts';

const RATE_UNIT_MS: Readonly<Record<RateUnit, DurationMs>> = {
  second: SECOND_MS,
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
};

function isSinceUnit(unit: FeatureDefinition['unit']): unit is TimeSinceUnit {
  return unit === 'seconds' || unit === 'hours' || unit === 'days';
}

/** What definitions are compiled in: the same for all of them, except for the window. */
export interface Surroundings {
  readonly window: Window;
  readonly reportingCurrency: string;
  /** That of the definition where it names one. */
  readonly zone: Zone;
}

function optionsOf(definition: FeatureDefinition, span: Span, reportingCurrency: string): OperationOptions {
  return {
    span,
    money: definition.money ?? false,
    limit: definition.limit ?? limits.featureEntriesDefault,
    distinct: definition.distinct ?? false,
    unit: isSinceUnit(definition.unit) ? definition.unit : 'days',
    reportingCurrency,
  };
}

/** The operation that computes a (checked) definition over its window. */
export function createOperation(definition: FeatureDefinition, surroundings: Surroundings): Operation {
  const { window, reportingCurrency, zone } = surroundings;
  const options = optionsOf(definition, window.span, reportingCurrency);
  if (definition.aggregate === 'purchases') return createPurchases(options, zone);
  return window.around(createAggregate(definition, options));
}

function createAggregate(definition: FeatureDefinition, options: OperationOptions): Operation {
  const inner = createPlain(definition, options);
  const { by, aggregate, order } = definition;
  if (by === undefined) return inner;
  return createKeyed(inner, {
    ...options,
    order: order ?? (aggregate === 'last' ? 'recency' : 'value'),
    hidesZero: aggregate === 'count' || aggregate === 'sum',
    numeric: aggregate !== 'count' && aggregate !== 'last',
  });
}

function halfLifeOf({ half_life: text }: FeatureDefinition): DurationMs {
  const halfLifeMs = text === undefined ? undefined : parseDuration(text);
  assert(halfLifeMs !== undefined, 'checkDefinition has seen the half-life');
  return halfLifeMs;
}

function quantilesOf({ q = 0.5 }: FeatureDefinition): readonly number[] {
  return typeof q === 'number' ? [q] : q;
}

function rateUnitOf({ unit }: FeatureDefinition): DurationMs {
  return unit === undefined || isSinceUnit(unit) ? DAY_MS : RATE_UNIT_MS[unit];
}

function createPlain(definition: FeatureDefinition, options: OperationOptions): Operation {
  const { aggregate } = definition;
  switch (aggregate) {
    case 'count':
      return createCount(options);
    case 'sum':
      return createSum(options);
    case 'average':
      return createAverage(options);
    case 'minimum':
      return createMinimum(options);
    case 'maximum':
      return createMaximum(options);
    case 'first':
      return createFirst(options);
    case 'last':
      return createLast(options);
    case 'distinct':
      return createDistinct(options);
    case 'top_k':
      return createTopKeys(options);
    case 'list_last_n':
      return createListLastN(options);
    case 'time_since':
      return createTimeSince(options);
    case 'cart':
      return createCart(options);
    case 'variance':
      return createVariance(options);
    case 'standard_deviation':
      return createStandardDeviation(options);
    case 'decayed_sum':
      return createDecayedSum(options, halfLifeOf(definition));
    case 'rate':
      return createRate(options, rateUnitOf(definition));
    case 'quantile':
      return createQuantile(options, quantilesOf(definition));
    case 'histogram':
      return createHistogram(options, slotNames(definition.of) ?? []);
    case 'purchases':
    case 'derived':
      // The first is made above; the second is computed from others when a profile is read: see derived/.
      throw new TesseraError('internal', `${aggregate} has no operation of this kind`);
    default:
      return unreachable(aggregate);
  }
}
