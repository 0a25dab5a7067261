import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Aggregate, FeatureDefinition } from '../model/feature.ts';
import { DAY_MS, parseDuration } from '../model/time.ts';
import { isCartType } from './cart-lines.ts';
import { slotNames } from './clock-slots.ts';

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
  'variance',
  'standard_deviation',
  'quantile',
  'histogram',
]);
const TAKES_NO_VALUE: ReadonlySet<Aggregate> = new Set<Aggregate>(['time_since', 'cart']);
const TAKES_MONEY: ReadonlySet<Aggregate> = new Set<Aggregate>([
  'sum',
  'average',
  'minimum',
  'maximum',
  'standard_deviation',
  'decayed_sum',
  'quantile',
  'purchases',
]);
const TAKES_LIMIT: ReadonlySet<Aggregate> = new Set<Aggregate>(['top_k', 'list_last_n']);
const TAKES_KEY: ReadonlySet<Aggregate> = new Set<Aggregate>([
  'count',
  'sum',
  'average',
  'minimum',
  'maximum',
  'last',
]);
const TIME_SINCE_UNITS: ReadonlySet<unknown> = new Set(['seconds', 'hours', 'days']);
const RATE_UNITS: ReadonlySet<unknown> = new Set(['second', 'minute', 'hour', 'day']);

function refuse(definition: FeatureDefinition, path: string, why: string): never {
  throw new TesseraError('invalid_definition', `feature "${definition.name}" at ${path}: ${why}`, { path });
}

function checkValue(definition: FeatureDefinition): void {
  const { aggregate, of, money } = definition;
  if (of === undefined && NEEDS_VALUE.has(aggregate))
    refuse(definition, '/of', `${aggregate} needs the path of a value`);
  if (of !== undefined && TAKES_NO_VALUE.has(aggregate))
    refuse(definition, '/of', `${aggregate} takes no value`);
  if (aggregate === 'histogram' && slotNames(of) === undefined)
    refuse(definition, '/of', 'must be hour or weekday');
  if (!money) return;
  if (!TAKES_MONEY.has(aggregate)) refuse(definition, '/money', `${aggregate} is not of amounts`);
  if (of === undefined) refuse(definition, '/of', 'amounts need the path of a value');
}

function checkKey(definition: FeatureDefinition): void {
  const { aggregate, by, order, limit } = definition;
  if (by !== undefined && !TAKES_KEY.has(aggregate))
    refuse(definition, '/by', `belongs to ${[...TAKES_KEY].join(', ')}`);
  if (order !== undefined && by === undefined) refuse(definition, '/order', 'belongs to "by"');
  if (limit === undefined) return;
  if (by === undefined && !TAKES_LIMIT.has(aggregate)) refuse(definition, '/limit', `${aggregate} has none`);
  if (by !== undefined && limit > limits.byKeysMax)
    refuse(definition, '/limit', `must be a whole number from 1 to ${limits.byKeysMax}`);
}

function checkUnit(definition: FeatureDefinition): void {
  const { aggregate, unit } = definition;
  if (unit === undefined) return;
  if (aggregate !== 'time_since' && aggregate !== 'rate')
    refuse(definition, '/unit', 'belongs to time_since and rate');
  if (aggregate === 'time_since' && !TIME_SINCE_UNITS.has(unit))
    refuse(definition, '/unit', `must be one of ${[...TIME_SINCE_UNITS].join(', ')}`);
  if (aggregate === 'rate' && !RATE_UNITS.has(unit))
    refuse(definition, '/unit', `must be one of ${[...RATE_UNITS].join(', ')}`);
}

function checkDecay(definition: FeatureDefinition): void {
  const { aggregate, half_life: text } = definition;
  if (aggregate !== 'decayed_sum') {
    if (text !== undefined) refuse(definition, '/half_life', 'belongs to decayed_sum');
    return;
  }
  const duration = text === undefined ? undefined : parseDuration(text);
  if (duration === undefined || duration < limits.windowMinMs || duration > limits.windowMaxMs)
    refuse(definition, '/half_life', 'must be a duration from 1m to 730d, such as 7d');
}

function checkQuantiles(definition: FeatureDefinition): void {
  const { aggregate, q, money } = definition;
  if (q === undefined) return;
  if (aggregate !== 'quantile') refuse(definition, '/q', 'belongs to quantile');
  const list = typeof q === 'number' ? [q] : q;
  if (list.length === 0 || list.length > limits.quantilesPerFeatureMax)
    refuse(definition, '/q', `must be a number or a list of at most ${limits.quantilesPerFeatureMax}`);
  for (const each of list) if (!(each >= 0 && each <= 1)) refuse(definition, '/q', 'must be from 0 to 1');
  if (new Set(list).size !== list.length) refuse(definition, '/q', 'names a quantile twice');
  if (money && typeof q !== 'number') refuse(definition, '/q', 'must be one number where it is of amounts');
}

const PURCHASE_TYPES: ReadonlySet<string> = new Set(['order_completed', 'order_refunded']);

function checkPurchases(definition: FeatureDefinition): void {
  const { aggregate, of, money, on, window } = definition;
  if (aggregate !== 'purchases') return;
  if (of !== 'order.spend' && of !== 'order.total')
    refuse(definition, '/of', 'must be order.spend (the default) or order.total');
  if (money !== true) refuse(definition, '/money', 'purchases are of amounts');
  for (const type of on)
    if (!PURCHASE_TYPES.has(type)) refuse(definition, '/on', `"${type}" says nothing about a purchase`);
  const windowMs = parseDuration(window);
  if (window !== 'lifetime' && (windowMs === undefined || windowMs % DAY_MS !== 0))
    refuse(definition, '/window', 'must be lifetime or whole days, such as 365d');
}

/** What the types cannot say: which keys an aggregate takes. Paths, windows and conditions check themselves. */
export function checkDefinition(definition: FeatureDefinition): void {
  const { aggregate } = definition;
  checkValue(definition);
  checkKey(definition);
  if (definition.distinct !== undefined && aggregate !== 'list_last_n') {
    refuse(
      definition,
      '/distinct',
      'belongs to list_last_n; distinct values are counted by the aggregate "distinct"',
    );
  }
  checkUnit(definition);
  checkDecay(definition);
  checkQuantiles(definition);
  checkPurchases(definition);
  if (aggregate !== 'cart') return;
  for (const type of definition.on) {
    if (!isCartType(type)) refuse(definition, '/on', `"${type}" says nothing about a cart`);
  }
}
