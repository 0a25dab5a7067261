import type { JsonObject } from '../model/json.ts';

/**
 * What a draft of a feature would be for a profile, out of history. Fails with `invalid_definition`, `profile_not_found`,
 * `history_behind` and `replay_too_large`.
 */
export type PreviewFeature = (profile: string, definition: JsonObject) => Promise<JsonObject>;
