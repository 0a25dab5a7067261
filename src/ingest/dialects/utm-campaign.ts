import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { isGiven } from './present.ts';

/** Parameters of a tagged address → fields of `context.campaign`, as Segment's libraries name them. */
const UTM: Readonly<Record<string, string>> = {
  utm_source: 'source',
  utm_medium: 'medium',
  utm_campaign: 'name',
  utm_term: 'term',
  utm_content: 'content',
  utm_id: 'id',
};

/** The campaign that properties such as `utm_source` name, with `prefix` in front of each; empty without any. */
export function utmCampaign(properties: JsonValue | undefined, prefix = ''): JsonObject {
  if (!isJsonObject(properties)) return {};
  const campaign: Record<string, JsonValue> = {};
  for (const [name, field] of Object.entries(UTM)) {
    const value = properties[prefix + name];
    if (isGiven(value)) campaign[field] = value;
  }
  return campaign;
}

export function isUtm(name: string): boolean {
  return Object.hasOwn(UTM, name);
}
