/** Does the event fit the schema of its type? Answers with one clear sentence per fault, not with ajv's. */
import type { ErrorObject } from 'ajv/dist/2020.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { SchemaCheck } from '../model/schema-check.ts';
import { pathAsSent, rename } from './canonical-properties.ts';
import { pointer, type Rejection, reject } from './rejection.ts';
import type { EventSchema, EventSchemas } from './schemas.ts';

const NO_PROPERTIES: JsonObject = Object.freeze({});
/** A rule of one of the money definitions in common.json. */
const MONEY_RULE = /(?:amount|unit_price)\/\w+$/;

/** Checks the fields around the properties. */
export function validateEnvelope(schemas: EventSchemas, wire: JsonObject): Rejection | undefined {
  const { validate } = schemas.envelope;
  return validate(wire) ? undefined : explain(validate);
}

/** Checks properties whose names are canonical already; paths of faults are those of `sent`. */
export function validateProperties(
  schema: EventSchema,
  properties: JsonObject,
  sent: JsonObject,
): Rejection | undefined {
  const { validate } = schema;
  if (validate(properties)) return undefined;
  const fault = explain(validate);
  const path = fault.path === '' ? '' : pathAsSent(schema.shape, sent, fault.path);
  return { ...fault, path: `/properties${path}` };
}

/** Both checks, for an event whose `type` is canonical: what the normalizer does, without its conversions. */
export function validateEvent(schemas: EventSchemas, wire: JsonObject): { readonly ok: true } | Rejection {
  const fault = validateEnvelope(schemas, wire);
  if (fault !== undefined) return fault;
  const schema = (typeof wire.type === 'string' ? schemas.types.get(wire.type) : undefined) ?? schemas.custom;
  const sent = isJsonObject(wire.properties) ? wire.properties : NO_PROPERTIES;
  return validateProperties(schema, rename(schema.shape, sent), sent) ?? { ok: true };
}

function explain(validate: SchemaCheck<ErrorObject>): Rejection {
  const errors = validate.errors ?? [];
  const last = errors[errors.length - 1];
  if (last === undefined) return reject('schema_violation', '', 'does not fit its schema');
  const alternatives = last.keyword === 'anyOf' ? missingAlternatives(errors, last.instancePath) : [];
  if (alternatives.length > 0) {
    return reject('schema_violation', last.instancePath, `needs at least one of ${alternatives.join(', ')}`);
  }
  return reject(codeOf(last), pathOf(last), messageOf(last));
}

/** The properties of which one would have done, when every branch of an `anyOf` only asked for presence. */
function missingAlternatives(errors: readonly ErrorObject[], path: string): readonly string[] {
  const branches = errors.filter((error) => error.instancePath === path && error.keyword === 'required');
  return branches.map((error) => parameter(error, 'missingProperty'));
}

function codeOf(error: ErrorObject): Rejection['code'] {
  if (MONEY_RULE.test(error.schemaPath)) return 'invalid_amount';
  return error.instancePath === '/time' || error.instancePath === '/sentAt'
    ? 'invalid_time'
    : 'schema_violation';
}

function pathOf(error: ErrorObject): string {
  if (error.keyword === 'required') return pointer(error.instancePath, parameter(error, 'missingProperty'));
  if (error.keyword === 'additionalProperties') {
    return pointer(error.instancePath, parameter(error, 'additionalProperty'));
  }
  return error.instancePath;
}

function messageOf(error: ErrorObject): string {
  switch (error.keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'is not a field of an event; put it under properties or context';
    case 'type':
      return `must be ${listed(params(error).type)}`;
    case 'enum':
      return `must be one of ${listed(params(error).allowedValues)}`;
    case 'minLength':
      return 'must not be empty';
    case 'maxLength':
      return `must be at most ${parameter(error, 'limit')} characters`;
    case 'minimum':
      return `must be at least ${parameter(error, 'limit')}`;
    case 'maximum':
      return `must be at most ${parameter(error, 'limit')}`;
    case 'minItems':
      return `must hold at least ${parameter(error, 'limit')}`;
    case 'maxItems':
    case 'maxProperties':
      return `must hold at most ${parameter(error, 'limit')}`;
    case 'pattern':
      return patternMessage(error);
    case 'format':
      return `must be a ${parameter(error, 'format')}`;
    default:
      return 'does not fit its schema';
  }
}

function patternMessage(error: ErrorObject): string {
  return codeOf(error) === 'invalid_amount'
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
  return Array.isArray(value) ? value.join(' or ') : String(value);
}
