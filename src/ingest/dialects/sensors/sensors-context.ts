import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { asObject, present, presentPart } from '../present.ts';
import { utmCampaign } from '../utm-campaign.ts';

/** The circumstances, in the form that Segment's libraries give them; the library's own properties under `sensors`. */
export function sensorsContext(item: JsonObject, properties: JsonObject): JsonObject {
  const lib = asObject(item.lib);
  return {
    ...presentPart('page', {
      ...present('url', properties.$url),
      ...present('path', properties.$url_path),
      ...present('title', properties.$title),
      ...present('referrer', properties.$referrer),
    }),
    ...presentPart('library', {
      ...present('name', lib.$lib ?? properties.$lib),
      ...present('version', lib.$lib_version ?? properties.$lib_version),
    }),
    ...presentPart('device', {
      ...present('model', properties.$model),
      ...present('manufacturer', properties.$manufacturer ?? properties.$brand),
    }),
    ...presentPart('os', {
      ...present('name', properties.$os),
      ...present('version', properties.$os_version),
    }),
    ...presentPart('campaign', utmCampaign(properties, '$')),
    ...present('userAgent', properties.$user_agent),
    ...presentPart('sensors', originals(item, properties)),
  };
}

/** Identifiers are kept sealed and nowhere else. */
const LEFT_OUT: ReadonlySet<string> = new Set(['$ip', '$device_id', '$anonymization_id', '$login_id']);

/** What the library adds to a deed; of a person's attributes everything is kept as traits. */
function originals(item: JsonObject, properties: JsonObject): JsonObject {
  const kept: Record<string, JsonValue | undefined> = { type: item.type };
  if (String(item.type).startsWith('profile_')) return kept;
  for (const key in properties) if (key.startsWith('$') && !LEFT_OUT.has(key)) kept[key] = properties[key];
  return kept;
}
