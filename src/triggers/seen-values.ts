import type { ProfileLookup } from '../conditions/condition.ts';
import { usesOf } from '../conditions/condition-uses.ts';
import { unreachable } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';

/** What a condition saw of a profile, by `feature:orders_30d`: for whoever asks why. Personal values are null. */
export function seenValues(condition: unknown, lookup: ProfileLookup): JsonObject {
  const seen: Record<string, JsonValue> = {};
  for (const { kind, name } of usesOf(condition)) {
    if (Object.keys(seen).length >= limits.seenValuesMax) break;
    seen[`${kind}:${name}`] = valueSeen(kind, name, lookup) ?? null;
  }
  return seen;
}

type Kind = ReturnType<typeof usesOf>[number]['kind'];

function valueSeen(kind: Kind, name: string, lookup: ProfileLookup): JsonValue | undefined {
  switch (kind) {
    case 'feature':
      return lookup.feature(name);
    case 'trait':
      return lookup.trait(name);
    case 'consent':
      return lookup.consent(name);
    case 'tag':
      return lookup.tag(name);
    case 'segment':
      return lookup.segment(name);
    case 'loyalty':
      return lookup.loyalty(name);
    default:
      return unreachable(kind);
  }
}
