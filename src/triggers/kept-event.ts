import { limits } from '../limits.ts';
import type { Event, KeptEvent } from '../model/event.ts';

/**
 * The part of an event that a later decision asks: conditions look at no claims, and whom they name matters to nobody by
 * then. Undefined where it takes more room than a profile has for one.
 */
export function keptEvent(event: Event): string | undefined {
  const { combination: _combination, identity: _identity, name: _name, kind: _kind, ...rest } = event;
  const kept = JSON.stringify({ ...rest, claims: [] } satisfies Event);
  return Buffer.byteLength(kept) <= limits.deferredEventBytesMax ? kept : undefined;
}

/** As it is stored. */
export function keptText(kept: KeptEvent): string {
  return typeof kept === 'string' ? kept : JSON.stringify(kept);
}

/** The event again. */
export function openEvent(kept: KeptEvent): Event {
  // `keptEvent` wrote it, and the checksum of what holds it guards against anything else.
  return typeof kept === 'string' ? (JSON.parse(kept) as Event) : kept;
}
