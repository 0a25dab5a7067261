import type { JsonObject } from './json.ts';

/**
 * What the properties of one event type have to look like, as its owner says it: JSON Schema 2020-12 in the keywords that
 * `schemas/definitions/event-schema.json` knows. For a type of the taxonomy it stands beside the shipped schema, which goes on holding.
 */
export interface EventSchemaDefinition {
  /** The event type. */
  readonly name: string;
  readonly description?: string;
  readonly schema: JsonObject;
}
