import { hash } from 'node:crypto';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { QuarantineRecord } from '../model/quarantine-records.ts';
import { tellsOfPerson } from '../model/telling-id.ts';
import type { DecodedEvent } from './dialects/dialect.ts';
import { canonicalName } from './names.ts';
import type { RequestContext } from './normalize.ts';
import { packQuarantined, type QuarantinedEvent } from './quarantine.ts';
import type { Rejection } from './rejection.ts';
import type { Sealer } from './seal.ts';

/** How the item came. */
type Origin = Pick<QuarantinedEvent, 'dialect' | 'path' | 'envelope'>;

/** What a sender is told of it. */
export interface Rejected {
  readonly index: number;
  readonly id?: string;
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly quarantine_id?: string;
}

/** An item of a batch that is no event, with its text as it was sent. */
export interface RejectedItem {
  readonly index: number;
  readonly id?: string;
  /** What it says it is, where that is understood. */
  readonly type?: string;
  readonly channel?: string;
  readonly rejection: Rejection;
  readonly text: string;
}

/** What can be told of an event that is not taken. */
export function knownOf(event: JsonObject): Pick<RejectedItem, 'id' | 'type' | 'channel'> {
  const { id, type, channel } = event;
  const name = typeof type === 'string' ? canonicalName(type) : undefined;
  return {
    ...(typeof id === 'string' ? { id: id.slice(0, limits.eventIdCharactersMax) } : {}),
    ...(name === undefined ? {} : { type: name }),
    // Quarantine shows it in clear text, so it has to look like a channel.
    ...(typeof channel === 'string' && CHANNEL.test(channel) ? { channel } : {}),
  };
}

const CHANNEL = /^[a-z][a-z_-]{0,31}$/;

/** What quarantine calls the event in the clear, so that its sender finds it; what might tell of a person stays sealed with the rest. */
function openIdOf({ id = '' }: RejectedItem): Pick<QuarantineRecord, 'eventId'> {
  return id === '' || tellsOfPerson(id) ? {} : { eventId: id };
}

/** What several events of one item are, where that is one thing. */
export function typeOf(events: readonly DecodedEvent[]): Pick<RejectedItem, 'type'> {
  const types = new Set(events.map(({ event }) => knownOf(event).type));
  const [type] = types;
  return types.size === 1 && type !== undefined ? { type } : {};
}

/**
 * What exceeds the size of an event is refused, whatever else is wrong: quarantine is bounded as everything is. Biometric data is
 * kept nowhere.
 */
function mayBeKept({ rejection: { code }, text }: RejectedItem): boolean {
  if (code === 'event_too_large' || code === 'biometric_refused') return false;
  return text.length <= limits.eventBytesMax;
}

/** Those of a body that quarantine keeps, in their order, until its share is used up: each brings what surrounded it. */
export function keptOf(rejected: readonly RejectedItem[], envelope: JsonObject): readonly RejectedItem[] {
  if (rejected.length === 0) return rejected;
  const around = JSON.stringify(envelope).length;
  let characters = 0;
  return rejected.filter((item) => {
    if (!mayBeKept(item)) return false;
    characters += item.text.length + around;
    return characters <= limits.bodyQuarantineBytesMax;
  });
}

/** What it is kept as, sealed as a whole: nobody knows yet what in it is personal. */
export function quarantineRecord(
  entry: RejectedItem,
  { context, origin }: { readonly context: RequestContext; readonly origin: Origin },
  sealer: Sealer,
): QuarantineRecord {
  const { rejection, text, index, type, channel = context.defaultChannel } = entry;
  const sealed = sealer.sealQuarantined(
    packQuarantined({ ...origin, publicKey: context.publicKey, channel: context.defaultChannel, text }),
  );
  const id = `q-${hash('sha256', `${context.receivedAt}\0${context.index}\0${index}\0${sealed}`, 'hex').slice(0, 24)}`;
  return {
    kind: 'quarantine',
    id,
    ...openIdOf(entry),
    source: context.source,
    receivedAt: context.receivedAt,
    code: rejection.code,
    path: rejection.path,
    message: rejection.message,
    ...(rejection.schemaVersion === undefined ? {} : { schemaVersion: rejection.schemaVersion }),
    ...(type === undefined ? {} : { type }),
    channel,
    sealed,
  };
}

/** What its sender is told, but for the id under which it is kept. */
export function withoutQuarantine({ index, id, rejection }: RejectedItem): Rejected {
  const { code, path, message } = rejection;
  return { index, ...(id === undefined ? {} : { id }), code, path, message };
}
