import type { JsonObject } from '../model/json.ts';
import type { PageRequest } from './services.ts';

export interface DecisionsRequest extends PageRequest {
  readonly profileId: string;
  readonly trigger?: string;
  readonly decision?: string;
}

/**
 * What stands between a profile and a trigger, by the id of the profile and the name of the trigger. Fails with `not_found` or
 * `profile_not_found`.
 */
export type ExplainTrigger = (profile: string, trigger: string) => Promise<JsonObject>;

/**
 * The same of a draft, checked as if it were to be put in force. Fails with `invalid_definition`, `profile_not_found`, or as
 * queries of history do.
 */
export type PreviewTrigger = (profile: string, definition: JsonObject) => Promise<JsonObject>;
