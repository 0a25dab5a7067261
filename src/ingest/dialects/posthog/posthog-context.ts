import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { givenText, isGiven, present, presentPart } from '../present.ts';
import { isUtm, utmCampaign } from '../utm-campaign.ts';

/** Properties of the library that go elsewhere: identifiers above all, which are kept sealed and nowhere else. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  '$set',
  '$set_once',
  '$unset',
  '$group_set',
  '$elements',
  '$ip',
  '$user_id',
  '$device_id',
  '$anon_distinct_id',
]);

/** The circumstances, in the form that Segment's libraries give them; the library's own properties under `posthog`. */
export function posthogContext(properties: JsonObject): JsonObject {
  const referrer = properties.$referrer;
  const type = givenText(properties.$device_type)?.toLowerCase();
  return {
    ...presentPart('page', {
      ...present('url', properties.$current_url),
      ...present('path', properties.$pathname),
      ...present('title', properties.title),
      ...present('referrer', referrer === '$direct' ? undefined : referrer),
    }),
    ...presentPart('library', {
      ...present('name', properties.$lib),
      ...present('version', properties.$lib_version),
    }),
    ...presentPart('device', { ...present('type', type) }),
    ...presentPart('os', {
      ...present('name', properties.$os),
      ...present('version', properties.$os_version),
    }),
    ...presentPart('campaign', utmCampaign(properties)),
    ...present('userAgent', properties.$raw_user_agent),
    ...present('locale', properties.$browser_language),
    ...present('timezone', properties.$timezone),
    ...presentPart('posthog', originals(properties)),
  };
}

/** Identifiers of clicks on advertisements, which the browser's library adds to every event, nearly always as null. */
const CLICKS: ReadonlySet<string> = new Set(
  (
    'gclid gad_source gclsrc dclid gbraid wbraid fbclid msclkid twclid li_fat_id mc_cid igshid ttclid rdt_cid ' +
    'epik qclid sccid irclid _kx oppref bfcid'
  ).split(' '),
);

/** Whether the page's author has set a property, and not the library. */
export function isAuthors(name: string): boolean {
  if (name.startsWith('$') || name === 'token' || name === 'distinct_id') return false;
  return !isUtm(name) && !CLICKS.has(name);
}

function originals(properties: JsonObject): JsonObject {
  const kept: Record<string, JsonValue> = {};
  for (const key in properties) {
    const value = properties[key];
    if ((key.startsWith('$') || CLICKS.has(key)) && !LEFT_OUT.has(key) && isGiven(value)) kept[key] = value;
  }
  return kept;
}
