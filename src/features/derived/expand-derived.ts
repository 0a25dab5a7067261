import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { FeatureDefinition } from '../../model/feature.ts';
import type { JsonObject } from '../../model/json.ts';

const KEYS: ReadonlySet<string> = new Set(['name', 'description', 'aggregate', 'expression']);

function refuse(name: string, path: string, why: string): never {
  throw new TesseraError('invalid_definition', `feature "${name}" at ${path}: ${why}`, { path });
}

/** A derived feature as its author writes it → its definition: it reads no event, and holds for all time. */
export function expandDerived(raw: JsonObject, name: string): FeatureDefinition {
  const { description, expression } = raw;
  for (const key of Object.keys(raw))
    if (!KEYS.has(key)) refuse(name, `/${key}`, 'is not a key of a derived feature');
  if (description !== undefined && (typeof description !== 'string' || description === ''))
    refuse(name, '/description', 'must be a text');
  const max = limits.featureDescriptionCharactersMax;
  if (description !== undefined && description.length > max)
    refuse(name, '/description', `must be of at most ${max} characters`);
  if (typeof expression !== 'string' || expression.trim() === '')
    refuse(name, '/expression', 'must be an expression over other features, such as spend_30d / orders_30d');
  if (expression.length > limits.expressionCharactersMax)
    refuse(name, '/expression', `has more than ${limits.expressionCharactersMax} characters`);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    on: [],
    aggregate: 'derived',
    window: 'lifetime',
    expression,
  };
}
