import type { Event } from '../../model/event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { type OpenSealed, openPart } from './open-values.ts';

export interface EventReading {
  readonly open: OpenSealed;
  /** Values in clear of the person's own identifiers, by `type:hash`. */
  readonly own: ReadonlyMap<string, string>;
}

/** Fields that speak of somebody else: the employee who served, and who was invited. */
const OF_OTHERS: ReadonlySet<string> = new Set(['associate_id', 'invitee', 'invitee_user_id']);

/**
 * An event as its person may read it: opened, with the values of their own identifiers. Of an identifier that is not theirs
 * (any more) only the type is told, and what names other people is left out.
 */
export async function exportEvent(event: Event, { open, own }: EventReading): Promise<JsonObject> {
  const { id, type, time, receivedAt, source, channel, claims, currency, order, tag, adjustment, facet } =
    event;
  const part = async (name: 'properties' | 'traits' | 'consent' | 'context'): Promise<JsonObject> => {
    const opened = await openPart(event[name], { facet, path: `/${name}` }, open);
    return isJsonObject(opened) && Object.keys(opened).length > 0 ? { [name]: withoutOthers(opened) } : {};
  };
  return {
    id,
    type,
    time: iso(time),
    received_at: iso(receivedAt),
    source,
    channel,
    identifiers: claims.map(({ type: kind, hash, verified }) => {
      const value = own.get(`${kind}:${hash}`);
      return value === undefined ? { type: kind, verified } : { type: kind, value, verified };
    }),
    ...(currency === undefined ? {} : { currency }),
    ...(order === undefined ? {} : { order: { ...order } }),
    ...(tag === undefined ? {} : { tag: { name: tag.name, on: tag.on, reason: tag.reason } }),
    ...(adjustment === undefined ? {} : { points: adjustment.points, reason: adjustment.reason }),
    ...(await part('properties')),
    ...(await part('traits')),
    ...(await part('consent')),
    ...(await part('context')),
  };
}

function withoutOthers(part: JsonObject): JsonObject {
  const kept: Record<string, JsonValue | undefined> = {};
  for (const [name, value] of Object.entries(part)) if (!OF_OTHERS.has(name)) kept[name] = value;
  return kept;
}

/** Times as people write them. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}
