import { hash } from 'node:crypto';
import { limits } from '../limits.ts';
import type { QuarantineRecord } from '../model/record.ts';
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
  readonly rejection: Rejection;
  readonly text: string;
}

/**
 * What exceeds the size of an event is refused, whatever else is wrong: quarantine is bounded as everything is. Biometric data is
 * kept nowhere.
 */
export function isKept({ rejection: { code }, text }: RejectedItem): boolean {
  if (code === 'event_too_large' || code === 'biometric_refused') return false;
  return text.length <= limits.eventBytesMax;
}

/** What it is kept as, sealed as a whole: nobody knows yet what in it is personal. */
export function quarantineRecord(
  entry: RejectedItem,
  { context, origin }: { readonly context: RequestContext; readonly origin: Origin },
  sealer: Sealer,
): QuarantineRecord {
  const { rejection, text, index } = entry;
  const sealed = sealer.sealQuarantined(
    packQuarantined({ ...origin, publicKey: context.publicKey, channel: context.defaultChannel, text }),
  );
  const id = `q-${hash('sha256', `${context.receivedAt}\0${context.index}\0${index}\0${sealed}`, 'hex').slice(0, 24)}`;
  return {
    kind: 'quarantine',
    id,
    source: context.source,
    receivedAt: context.receivedAt,
    code: rejection.code,
    path: rejection.path,
    message: rejection.message,
    sealed,
  };
}

/** What its sender is told, but for the id under which it is kept. */
export function withoutQuarantine({ index, id, rejection }: RejectedItem): Rejected {
  const { code, path, message } = rejection;
  return { index, ...(id === undefined ? {} : { id }), code, path, message };
}
