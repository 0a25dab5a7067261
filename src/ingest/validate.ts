/** Does the event fit the schema of its type? */
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { pathAsSent, rename } from './canonical-properties.ts';
import { explainFault, OWN, SHIPPED } from './explain-fault.ts';
import type { Rejection } from './rejection.ts';
import type { EventSchema, EventSchemas } from './schemas.ts';

const NO_PROPERTIES: JsonObject = Object.freeze({});

/** Checks the fields around the properties. */
export function validateEnvelope(schemas: EventSchemas, wire: JsonObject): Rejection | undefined {
  const { validate } = schemas.envelope;
  return validate(wire)
    ? undefined
    : { ...explainFault(validate.errors, SHIPPED), schemaVersion: schemas.envelope.label };
}

/** Checks properties whose names are canonical already; paths of faults are those of `sent`. */
export function validateProperties(
  schema: EventSchema,
  properties: JsonObject,
  sent: JsonObject,
): Rejection | undefined {
  const { validate, own } = schema;
  if (!validate(properties))
    return { ...placed(schema, explainFault(validate.errors, SHIPPED), sent), schemaVersion: schema.label };
  if (own === undefined || own.validate(properties)) return undefined;
  return { ...placed(schema, explainFault(own.validate.errors, OWN), sent), schemaVersion: own.label };
}

function placed({ shape }: EventSchema, fault: Rejection, sent: JsonObject): Rejection {
  const path = fault.path === '' ? '' : pathAsSent(shape, sent, fault.path);
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
