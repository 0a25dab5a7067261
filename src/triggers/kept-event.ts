import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';

/**
 * The part of an event that a later decision asks: conditions look at no claims, and whom they name matters to nobody by
 * then. Undefined where it takes more room than a profile has for one.
 */
export function keptEvent(event: Event): Event | undefined {
  const { combination: _combination, identity: _identity, name: _name, kind: _kind, ...rest } = event;
  const kept: Event = { ...rest, claims: [] };
  return Buffer.byteLength(JSON.stringify(kept)) <= limits.deferredEventBytesMax ? kept : undefined;
}
