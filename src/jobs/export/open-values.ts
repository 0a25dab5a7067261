import { pointer } from '../../ingest/rejection.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { MaybePromise } from '../../ports/log.ts';

/** Opens a sealed value; undefined once its key was destroyed. */
export type OpenSealed = (facet: string, path: string, sealed: string) => MaybePromise<string | undefined>;

/** A value as its person wrote it; what cannot be opened any more is left out. Its place is part of what it was sealed with. */
export async function openValues(
  value: JsonValue,
  place: { readonly facet: string; readonly path: string },
  open: OpenSealed,
): Promise<JsonValue | undefined> {
  const { facet, path } = place;
  if (Array.isArray(value)) {
    const list: readonly JsonValue[] = value;
    const opened: JsonValue[] = [];
    for (const [i, entry] of list.entries()) {
      const inner = await openValues(entry, { facet, path: `${path}/${i}` }, open);
      if (inner !== undefined) opened.push(inner);
    }
    return opened;
  }
  if (!isJsonObject(value)) return value;
  if (typeof value.$sealed === 'string') return await open(facet, path, value.$sealed);
  const opened: Record<string, JsonValue> = {};
  for (const [name, entry] of Object.entries(value)) {
    const inner =
      entry === undefined ? undefined : await openValues(entry, { facet, path: pointer(path, name) }, open);
    if (inner !== undefined) opened[name] = inner;
  }
  return opened;
}

/** The same for the part of an event that has a name, where it has one. */
export async function openPart(
  part: JsonObject | undefined,
  place: { readonly facet: string; readonly path: string },
  open: OpenSealed,
): Promise<JsonValue | undefined> {
  return part === undefined ? undefined : await openValues(part, place, open);
}
