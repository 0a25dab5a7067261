import type { LiveSchemas } from '../ingest/own-schemas/live-schemas.ts';
import type { EventSchema } from '../ingest/schemas.ts';

/** By type: the properties that its schema names, shipped or defined. */
export function knownProperties({ shipped, own }: LiveSchemas): ReadonlyMap<string, readonly string[]> {
  return new Map([...shipped.types, ...own()].map(([type, schema]) => [type, namesOf(schema)]));
}

function namesOf({ shape, own }: EventSchema): readonly string[] {
  return [...new Set([...shape.known, ...(own?.shape.known ?? [])])];
}
