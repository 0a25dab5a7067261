import type { Admission } from '../ingest/admit.ts';
import type { JsonObject } from '../model/json.ts';

export interface EventsOfProfile {
  /**
   * Takes an event without identifiers as one of the person, and waits until it is applied. Fails with `profile_not_found`,
   * `identifier_not_found` where nothing identifies the profile any more, and `invalid_parameter`.
   */
  add(reference: string, event: JsonObject, source: string): Promise<Admission>;
}
