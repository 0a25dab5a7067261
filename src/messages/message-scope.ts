import type { ProfileLookup } from '../conditions/condition.ts';
import type { Event } from '../model/event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Firing } from '../model/trigger.ts';
import { withoutSealed } from '../model/without-sealed.ts';
import type { TemplateUses } from './template-names.ts';

/** What a message is made from, at the moment of the decision. */
export interface MessageSource {
  readonly firing: Firing;
  readonly lookup: Pick<ProfileLookup, 'feature' | 'trait' | 'loyalty'>;
  /** Absent where time or the catalog made the decision. */
  readonly event?: Event | undefined;
}

/**
 * What the template names, and nothing else: plain JSON, so that a message which waits for its coupon is rendered from what
 * held when it was decided. Personal values are sealed and stay so: they are as good as missing.
 */
export function messageScope(uses: TemplateUses, { firing, lookup, event }: MessageSource): JsonObject {
  const data = isJsonObject(firing.payload.data) ? firing.payload.data : {};
  const named = picked(uses.data, (name) => own(data, name));
  const zone = lookup.trait('timezone');
  return {
    features: picked(uses.features, (name) => lookup.feature(name)),
    traits: picked(uses.traits, (name) => lookup.trait(name)),
    loyalty: picked(uses.loyalty, (name) => lookup.loyalty(name)),
    event: {
      type: event?.type ?? '',
      time: event?.time ?? firing.at,
      channel: event?.channel ?? '',
      properties: picked(uses.properties, (name) => event && own(event.properties, name)),
    },
    data: named,
    items: named.items ?? [],
    trigger: { name: firing.trigger },
    zone: typeof zone === 'string' ? zone : '',
  };
}

/** Names come from templates: what every object has by itself is none of its values. */
function own(values: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** Language of the customer, as far as it is known. */
export function localeOf(lookup: MessageSource['lookup']): string {
  const locale = lookup.trait('locale');
  return typeof locale === 'string' ? locale : '';
}

function picked(names: ReadonlySet<string>, read: (name: string) => JsonValue | undefined): JsonObject {
  const found: Record<string, JsonValue> = {};
  for (const name of names) {
    const value = read(name);
    const open = value === undefined || value === null ? undefined : withoutSealed(value);
    if (open !== undefined) found[name] = open;
  }
  return found;
}
