import type { JsonObject } from '../model/json.ts';
import type { JobView } from './services.ts';

/** An event type that is known: shipped, defined through the API or a directory, or both. */
export interface EventTypeSummary {
  readonly event: string;
  readonly title: string;
  readonly description: string;
  /** What quarantine calls the shipped schema; null where there is none. */
  readonly shipped: string | null;
  /** What quarantine calls the definition; null where there is none. */
  readonly defined: string | null;
}

export interface EventType extends EventTypeSummary {
  /** Both schemas as they are written; null where there is none. */
  readonly shipped_schema: JsonObject | null;
  readonly schema: JsonObject | null;
}

export interface SchemaCheckQuestion {
  readonly event: string;
  /** Events that were received within so many days; a default where absent. */
  readonly days?: number;
  /** A draft; absent: the definition in force. */
  readonly definition?: JsonObject;
  readonly author: string;
}

export interface SchemaService {
  /** In order of their names. */
  types(): readonly EventTypeSummary[];
  type(name: string): EventType | undefined;
  /** The job whose result says which stored events would be refused. Fails with `not_found` or `invalid_definition`. */
  check(question: SchemaCheckQuestion): JobView;
}
