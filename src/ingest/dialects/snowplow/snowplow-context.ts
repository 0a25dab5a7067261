import type { JsonObject } from '../../../model/json.ts';
import { givenText, present, presentPart } from '../present.ts';
import { utmCampaign } from '../utm-campaign.ts';
import type { Entities } from './snowplow-entities.ts';

/** The circumstances, in the form that Segment's libraries give them; entities under `snowplow`, by their schemas' names. */
export function snowplowContext(item: JsonObject, entities: Entities): JsonObject {
  const version = givenText(item.tv);
  return {
    ...presentPart('page', {
      ...present('url', item.url),
      ...present('title', item.page),
      ...present('referrer', item.refr),
    }),
    ...presentPart('library', {
      ...present('name', version === undefined ? undefined : 'snowplow'),
      ...present('version', version),
    }),
    ...presentPart('campaign', campaignOf(givenText(item.url))),
    ...present('userAgent', item.ua),
    ...present('locale', item.lang),
    ...present('timezone', item.tz),
    ...present('session_id', item.sid),
    ...presentPart('snowplow', originals(entities)),
  };
}

function campaignOf(url: string | undefined): JsonObject {
  const query = url?.split('?', 2)[1]?.split('#', 1)[0];
  if (query === undefined || !query.includes('utm_')) return {};
  return utmCampaign(Object.fromEntries(new URLSearchParams(query)));
}

/** Entities that hold identifiers, which are kept sealed and nowhere else. */
const LEFT_OUT: ReadonlySet<string> = new Set(['user', 'client_session']);

/** Advertising and vendor ids of the device, which apps add to their circumstances. */
const DEVICE_ID = /^(?:appleIdf[av]|androidIdfa|openIdfa)$/;

function originals({ first }: Entities): JsonObject {
  const kept = [...first].filter(([name]) => !LEFT_OUT.has(name));
  return Object.fromEntries(
    kept.map(([name, data]) => [name, name === 'mobile_context' ? withoutDeviceIds(data) : data]),
  );
}

function withoutDeviceIds(data: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !DEVICE_ID.test(key)));
}
