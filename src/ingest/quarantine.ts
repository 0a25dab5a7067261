import { TesseraError } from '../errors.ts';
import type { Event } from '../model/event.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { Sealer } from './seal.ts';

/**
 * What quarantine keeps of an event: its text as it was sent, and how it came, so that it can take the same way
 * again once the schema, the setting or the limit that stood against it has changed.
 */
export interface QuarantinedEvent {
  readonly dialect: string;
  readonly path: string;
  /** What surrounded the event in its body, without the key. */
  readonly envelope: JsonObject;
  readonly publicKey: boolean;
  readonly channel: string;
  readonly text: string;
}

export function packQuarantined(event: QuarantinedEvent): string {
  const { writeKey, api_key, ...envelope } = event.envelope;
  return JSON.stringify({ ...event, envelope });
}

/** What is kept: an event as it was sent, or one that was taken in and failed on applying, as the log held it. */
export type Kept =
  | { readonly as: 'sent'; readonly event: QuarantinedEvent }
  | { readonly as: 'taken'; readonly event: Event };

const SEALED = 'v1.';

/** Fails with `seal_broken` or `data_format`. */
export function openKept(sealed: string, sealer: Pick<Sealer, 'openQuarantined'>): Kept {
  if (sealed.startsWith(SEALED)) return { as: 'sent', event: unpack(sealer.openQuarantined(sealed)) };
  const value: unknown = JSON.parse(sealed);
  // Records of other kinds that failed are kept for whoever looks for the reason; they cannot be sent again.
  if (!isJsonObject(value) || typeof value.type !== 'string' || !Array.isArray(value.claims))
    throw new TesseraError('data_format', 'what is kept is no event');
  // Written by this program.
  return { as: 'taken', event: value as unknown as Event };
}

function unpack(text: string): QuarantinedEvent {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value) || typeof value.text !== 'string' || !isJsonObject(value.envelope)) {
    throw new TesseraError('data_format', 'a quarantined event has an unknown form');
  }
  return value as unknown as QuarantinedEvent;
}
