import { TesseraError } from '../errors.ts';
import type { FeatureDefinition } from '../model/feature.ts';
import type { JsonObject } from '../model/json.ts';

/** What a definition says to one aggregate or another; `check-definition.ts` knows which takes what. */
export type AggregateOptions = Pick<FeatureDefinition, 'unit' | 'half_life' | 'q' | 'by' | 'order'>;

type Unit = NonNullable<FeatureDefinition['unit']>;

const UNITS: readonly Unit[] = ['seconds', 'hours', 'days', 'second', 'minute', 'hour', 'day'];

function refuse(name: string, path: string, why: string): never {
  throw new TesseraError('invalid_definition', `feature "${name}" at ${path}: ${why}`, { path });
}

function unitOf({ unit }: JsonObject, name: string): Unit | undefined {
  if (unit === undefined) return undefined;
  return (
    UNITS.find((each) => each === unit) ??
    refuse(name, '/unit', 'must be seconds, hours or days (time_since); second, minute, hour or day (rate)')
  );
}

function textOf(raw: JsonObject, key: 'half_life' | 'by', name: string): string | undefined {
  const value = raw[key];
  if (value !== undefined && (typeof value !== 'string' || value === ''))
    refuse(name, `/${key}`, 'must be a text');
  return value;
}

function quantilesOf({ q }: JsonObject, name: string): number | readonly number[] | undefined {
  if (q === undefined || typeof q === 'number') return q;
  if (!Array.isArray(q)) refuse(name, '/q', 'must be a number from 0 to 1 or a list of them');
  return q.map((each: unknown) =>
    typeof each === 'number' ? each : refuse(name, '/q', 'must list numbers from 0 to 1'),
  );
}

function orderOf({ order }: JsonObject, name: string): FeatureDefinition['order'] {
  if (order === undefined || order === 'value' || order === 'recency') return order;
  return refuse(name, '/order', 'must be value or recency');
}

export function expandAggregate(raw: JsonObject, name: string): AggregateOptions {
  const unit = unitOf(raw, name);
  const halfLife = textOf(raw, 'half_life', name);
  const q = quantilesOf(raw, name);
  const by = textOf(raw, 'by', name);
  const order = orderOf(raw, name);
  return {
    ...(unit === undefined ? {} : { unit }),
    ...(halfLife === undefined ? {} : { half_life: halfLife }),
    ...(q === undefined ? {} : { q }),
    ...(by === undefined ? {} : { by }),
    ...(order === undefined ? {} : { order }),
  };
}
