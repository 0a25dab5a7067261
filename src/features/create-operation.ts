import { unreachable } from '../errors.ts';
import { limits } from '../limits.ts';
import type { FeatureDefinition } from '../model/feature.ts';
import type { Operation, OperationOptions } from './operation.ts';
import { createAverage } from './operations/average.ts';
import { createCart } from './operations/cart.ts';
import { createCount } from './operations/count.ts';
import { createDistinct } from './operations/distinct.ts';
import { createFirst } from './operations/first.ts';
import { createLast } from './operations/last.ts';
import { createListLastN } from './operations/list-last-n.ts';
import { createMaximum } from './operations/maximum.ts';
import { createMinimum } from './operations/minimum.ts';
import { createSum } from './operations/sum.ts';
import { createTimeSince } from './operations/time-since.ts';
import { createTopKeys } from './operations/top-keys.ts';
import { compileSpan } from './tiles.ts';

function optionsOf(definition: FeatureDefinition, reportingCurrency: string): OperationOptions {
  return {
    span: compileSpan(definition.window),
    money: definition.money ?? false,
    limit: definition.limit ?? limits.featureEntriesDefault,
    distinct: definition.distinct ?? false,
    unit: definition.unit ?? 'days',
    reportingCurrency,
  };
}

/** The operation that computes a (checked) definition. */
export function createOperation(definition: FeatureDefinition, reportingCurrency: string): Operation {
  const options = optionsOf(definition, reportingCurrency);
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
    default:
      return unreachable(aggregate);
  }
}
