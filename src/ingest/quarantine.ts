import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { Admission, Admit } from './admit.ts';
import type { BodyReader } from './body.ts';
import type { DecodedEvent, Dialect } from './dialects/dialect.ts';
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

function unpackQuarantined(text: string): QuarantinedEvent {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value) || typeof value.text !== 'string' || !isJsonObject(value.envelope)) {
    throw new TesseraError('data_format', 'a quarantined event has an unknown form');
  }
  return value as unknown as QuarantinedEvent;
}

/** A row of the quarantine as history has it. */
export interface QuarantineRow {
  readonly id: string;
  readonly source: string;
  readonly receivedAt: EpochMs;
  readonly sealed: string;
}

export interface ReplayOptions {
  readonly dialects: readonly Dialect[];
  readonly bodies: BodyReader;
  readonly sealer: Sealer;
  readonly admit: Admit;
  /** Puts a canonical event, whose first attempt failed on applying, into the log again. */
  readonly again: (canonical: string) => Promise<void>;
}

export interface ReplayedEvent {
  readonly quarantine_id: string;
  readonly status: 'accepted' | 'rejected';
  readonly code?: string;
  readonly message?: string;
}

/** Sends kept events on their way again. Repeating a replay is harmless: each keeps its id, or takes that of its row. */
export function createReplay(options: ReplayOptions): (row: QuarantineRow) => Promise<ReplayedEvent> {
  return async (row) => {
    if (!row.sealed.startsWith('v1.')) {
      await options.again(row.sealed);
      return { quarantine_id: row.id, status: 'accepted' };
    }
    const kept = unpackQuarantined(options.sealer.openQuarantined(row.sealed));
    const admission = await admitAgain(row, kept, options);
    const [rejected] = admission.rejected;
    if (rejected === undefined) return { quarantine_id: row.id, status: 'accepted' };
    return { quarantine_id: row.id, status: 'rejected', code: rejected.code, message: rejected.message };
  };
}

/** An event that its sender has not named takes the name of its row, so that a second replay adds nothing. */
function named(decoded: DecodedEvent, id: string): DecodedEvent {
  const sent = decoded.event.id;
  if (sent !== undefined && sent !== null) return decoded;
  return { ...decoded, event: { ...decoded.event, id } };
}

async function admitAgain(
  row: QuarantineRow,
  kept: QuarantinedEvent,
  options: ReplayOptions,
): Promise<Admission> {
  const dialect = options.dialects.find(({ name }) => name === kept.dialect);
  const route = dialect?.routes.find(({ path }) => path === kept.path);
  if (dialect === undefined || route === undefined) {
    throw new TesseraError('data_format', `the dialect ${kept.dialect} no longer has the path ${kept.path}`);
  }
  const { items } = await options.bodies.read(Buffer.from(kept.text), undefined, {});
  return await options.admit({
    items,
    decode(item) {
      const decoded = dialect.decode(item, kept.envelope, route);
      if (!('ok' in decoded)) return decoded.map((each, n) => named(each, `${row.id}-${n}`));
      return decoded.ok ? named(decoded, row.id) : decoded;
    },
    context: {
      receivedAt: row.receivedAt,
      source: row.source,
      defaultChannel: kept.channel,
      publicKey: kept.publicKey,
    },
    origin: { dialect: kept.dialect, path: kept.path, envelope: kept.envelope },
    verified: !kept.publicKey,
    wait: false,
    dryRun: false,
  });
}
