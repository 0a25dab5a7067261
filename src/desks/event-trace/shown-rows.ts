import type { JsonObject, JsonValue } from '../../model/json.ts';

/** Rows of profiles; a row of one that was merged away belongs to whoever it was merged into. */
export function aboutProfile(profiles: ReadonlySet<string>): (row: JsonObject) => boolean {
  return ({ profile_id }) => typeof profile_id === 'string' && profiles.has(profile_id);
}

/** A row as answers show it: 64-bit integers may come as text. */
export function withMoment({ moment, points, ...rest }: JsonObject): JsonObject {
  return { ...rest, ...(points === undefined ? {} : { points: Number(points) }), at: Number(moment) };
}

export function decisionOf({ moment, payload, trace, reason, ...rest }: JsonObject): JsonObject {
  return {
    ...rest,
    ...(reason === '' ? {} : { reason }),
    at: Number(moment),
    payload: jsonOf(payload),
    trace: jsonOf(trace),
  };
}

/** What the engine has written as JSON. */
function jsonOf(text: JsonValue | undefined): JsonValue {
  return typeof text === 'string' && text !== '' ? (JSON.parse(text) as JsonValue) : {};
}
