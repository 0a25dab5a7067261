import type { ErrorObject } from 'ajv/dist/2020.js';
import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';
import { pointer, type Rejection, reject } from './rejection.ts';

/** A rule of one of the money definitions in common.json. */
const MONEY_RULE = /(?:amount|unit_price)\/\w+$/;

/** Which words a fault of such a schema is told in, and under which code. */
export interface Telling {
  readonly codeOf: (error: ErrorObject) => Rejection['code'];
  readonly unknownField: string;
}

/** A fault in an event, as one clear sentence, not as the library says it. */
export function explainFault(errors: readonly ErrorObject[] | null | undefined, telling: Telling): Rejection {
  const last = errors?.at(-1);
  if (errors == null || last === undefined) return reject('schema_violation', '', 'does not fit its schema');
  const alternatives = last.keyword === 'anyOf' ? missingAlternatives(errors, last.instancePath) : [];
  if (alternatives.length > 0) {
    return reject('schema_violation', last.instancePath, `needs at least one of ${alternatives.join(', ')}`);
  }
  return reject(telling.codeOf(last), pathOf(last), messageOf(last, telling));
}

/** The properties of which one would have done, when every branch of an `anyOf` only asked for presence. */
function missingAlternatives(errors: readonly ErrorObject[], path: string): readonly string[] {
  const branches = errors.filter((error) => error.instancePath === path && error.keyword === 'required');
  return branches.map((error) => parameter(error, 'missingProperty'));
}

function codeOfShipped(error: ErrorObject): Rejection['code'] {
  if (MONEY_RULE.test(error.schemaPath)) return 'invalid_amount';
  return error.instancePath === '/time' || error.instancePath === '/sentAt'
    ? 'invalid_time'
    : 'schema_violation';
}

export const SHIPPED: Telling = Object.freeze({
  codeOf: codeOfShipped,
  unknownField: 'is not a field of an event; put it under properties or context',
});

/** Names in the schema of an owner mean nothing to the engine. */
export const OWN: Telling = Object.freeze({
  codeOf: () => 'schema_violation',
  unknownField: 'is not a property that the schema of the type knows',
});

function pathOf(error: ErrorObject): string {
  if (error.keyword === 'required' || error.keyword === 'dependentRequired')
    return pointer(error.instancePath, parameter(error, 'missingProperty'));
  if (error.keyword === 'additionalProperties') {
    return pointer(error.instancePath, parameter(error, 'additionalProperty'));
  }
  return error.instancePath;
}

function messageOf(error: ErrorObject, telling: Telling): string {
  switch (error.keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return telling.unknownField;
    case 'type':
      return `must be ${listed(params(error).type)}`;
    case 'enum':
      return `must be one of ${listed(params(error).allowedValues)}`;
    case 'minLength':
      return params(error).limit === 1
        ? 'must not be empty'
        : `must be at least ${parameter(error, 'limit')} characters`;
    case 'maxLength':
      return `must be at most ${parameter(error, 'limit')} characters`;
    case 'minimum':
      return `must be at least ${parameter(error, 'limit')}`;
    case 'maximum':
      return `must be at most ${parameter(error, 'limit')}`;
    case 'exclusiveMinimum':
      return `must be more than ${parameter(error, 'limit')}`;
    case 'exclusiveMaximum':
      return `must be less than ${parameter(error, 'limit')}`;
    case 'multipleOf':
      return `must be a multiple of ${parameter(error, 'multipleOf')}`;
    case 'uniqueItems':
      return 'must not hold anything twice';
    case 'const':
      return `must be ${parameter(error, 'allowedValue')}`;
    case 'dependentRequired':
      return `is required beside ${parameter(error, 'property')}`;
    case 'propertyNames':
      return 'has a name that is not allowed';
    case 'false schema':
      return 'must not be there';
    case 'anyOf':
    case 'oneOf':
      return 'fits none of the forms that it may have, or several at once';
    case 'not':
      return 'has a form that it must not have';
    case 'minItems':
    case 'minProperties':
      return `must hold at least ${parameter(error, 'limit')}`;
    case 'maxItems':
    case 'maxProperties':
      return `must hold at most ${parameter(error, 'limit')}`;
    case 'pattern':
      return patternMessage(error, telling);
    case 'format':
      return `must be a ${parameter(error, 'format')}`;
    default:
      return 'does not fit its schema';
  }
}

function patternMessage(error: ErrorObject, telling: Telling): string {
  return telling.codeOf(error) === 'invalid_amount'
    ? 'must be a decimal amount such as 12.50'
    : 'holds characters that are not allowed';
}

function params(error: ErrorObject): Readonly<Record<string, JsonValue>> {
  // ajv types `params` as any record; what it holds comes from the schema, never from the event.
  return error.params as Readonly<Record<string, JsonValue>>;
}

function parameter(error: ErrorObject, name: string): string {
  return String(params(error)[name]);
}

function listed(value: JsonValue | undefined): string {
  if (!Array.isArray(value)) return String(value);
  const more = value.length - limits.eventSchemaValuesTold;
  if (more <= 0) return value.join(' or ');
  return `${value.slice(0, limits.eventSchemaValuesTold).join(', ')} or one of ${more} more`;
}
