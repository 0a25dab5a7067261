import type { Event } from '../../model/event.ts';
import { facetKeyOf } from '../../model/facet-id.ts';
import type { LogRecord, MessageBody, TransferMessage } from '../../model/record.ts';
import type { EpochMs } from '../../model/time.ts';
import { decodeRecord, encodeRecord } from '../../runner/codec.ts';
import type { ErasedWords } from './erased-words.ts';

/** Whose records are taken out of a log. */
export interface ErasedThere {
  readonly words: ErasedWords;
  /** `source\0id` of events that none of the words tells, since somebody else has the other part of their facet. */
  readonly events: ReadonlySet<string>;
  /** Whether a quarantined event is theirs, by what quarantine keeps of it. */
  readonly isQuarantined: (sealed: string) => boolean;
  /** When they were erased: who comes back after that is somebody else. */
  readonly until: EpochMs;
}

export interface FoundRecord {
  readonly bytes: Uint8Array;
  /** Whether it came into the log after the erasure. */
  readonly isLater: boolean;
}

/** What becomes of a record: other bytes in its place, and the id of an event of somebody else that named them. */
export interface RecordChange {
  readonly bytes: Uint8Array;
  readonly mention?: string;
}

const ERASED: LogRecord = { kind: 'erased' };
const BLANK: MessageBody = { type: 'erased' };
const QUARANTINE = 'J{"kind":"quarantine"';

/** Undefined where the record says nothing of them. Commands and messages of erasures themselves are not looked at. */
export function eraseRecord({ bytes, isLater }: FoundRecord, there: ErasedThere): RecordChange | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const looked = there.words.names(text) || text.startsWith(QUARANTINE) || mayBeTheirs(text, there);
  if (!looked) return undefined;
  const { record } = decodeRecord(bytes);
  if (isLater && isOfReturned(record, there)) return undefined;
  const changed = changeOf(record, there);
  if (changed !== undefined) return { bytes: encodeRecord(changed) };
  const event = eventIn(record);
  if (event === undefined || !there.words.names(JSON.stringify(event))) return undefined;
  return { bytes: encodeRecord(withoutWords(record, there.words)), mention: event.id };
}

/**
 * Whoever comes back has the same identifiers, and facets of the same names: what they did since then is theirs. Older events
 * of the erased may come after the erasure, too; those are refused, and go.
 */
function isOfReturned(record: LogRecord, { words, until }: ErasedThere): boolean {
  if (record.kind === 'command') return true;
  if (record.kind === 'routed' && words.profiles.has(record.profile)) return false;
  if (record.kind === 'message' && record.body.type === 'event' && words.profiles.has(record.body.profile))
    return false;
  const event = eventIn(record);
  return event !== undefined && event.time > until;
}

function mayBeTheirs(text: string, { events }: ErasedThere): boolean {
  return events.size > 0 && (text.startsWith('E') || text.startsWith('R') || text.includes('"type":"event"'));
}

function eventIn(record: LogRecord): Event | undefined {
  if (record.kind === 'event' || record.kind === 'routed') return record.event;
  if (record.kind !== 'message') return undefined;
  return record.body.type === 'event' || record.body.type === 'returned' ? record.body.event : undefined;
}

function changeOf(record: LogRecord, there: ErasedThere): LogRecord | undefined {
  const { profiles } = there.words;
  switch (record.kind) {
    case 'event':
      return isTheirs(record.event, there) ? ERASED : undefined;
    case 'routed':
      return profiles.has(record.profile) || isTheirs(record.event, there) ? ERASED : undefined;
    case 'quarantine':
      return there.isQuarantined(record.sealed) ? ERASED : undefined;
    case 'wake':
      return profiles.has(record.profile) ? ERASED : undefined;
    case 'served': {
      const answers = record.answers.filter((answer) => !there.words.names(JSON.stringify(answer)));
      if (answers.length === record.answers.length) return undefined;
      return answers.length === 0 ? ERASED : { ...record, answers };
    }
    case 'backfill': {
      if (record.step.type !== 'states') return undefined;
      const facets = record.step.facets.filter(({ id }) => !there.words.words.has(facetKeyOf(id)));
      return facets.length === record.step.facets.length
        ? undefined
        : { ...record, step: { ...record.step, facets } };
    }
    case 'command': {
      const { type } = record.command;
      return type === 'merge' || type === 'split' ? ERASED : undefined;
    }
    case 'message': {
      const body = bodyOf(record.body, there);
      return body && { ...record, body };
    }
    // What is in force, the catalog, firings by their ids, and how far profiles were woken.
    default:
      return undefined;
  }
}

/** Numbers of messages stay dense: what goes is their body. */
function bodyOf(body: MessageBody, there: ErasedThere): MessageBody | undefined {
  const { words } = there;
  switch (body.type) {
    case 'event':
      return words.profiles.has(body.profile) || isTheirs(body.event, there) ? BLANK : undefined;
    case 'returned':
      return isTheirs(body.event, there) ? BLANK : undefined;
    case 'transfer':
      return transferOf(body, words);
    case 'in_force':
    case 'catalog':
    case 'moment':
    case 'erase':
    case 'forgotten':
    case 'erased':
      return undefined;
    default:
      return words.names(JSON.stringify(body)) ? BLANK : undefined;
  }
}

/** Facets of somebody else that passed through their hands go on. */
function transferOf(body: TransferMessage, { words, profiles }: ErasedWords): MessageBody | undefined {
  const isGone = (id: string): boolean => words.has(facetKeyOf(id));
  const facets = body.facets.filter(({ id }) => !isGone(id));
  const theirs = profiles.has(body.from) || profiles.has(body.to);
  if (!theirs && facets.length === body.facets.length) return undefined;
  if (facets.length === 0) return BLANK;
  return { ...body, facets, named: body.named.filter((id) => !isGone(id)) };
}

function isTheirs(event: Event, { words, events }: ErasedThere): boolean {
  return (
    words.words.has(event.facet) ||
    event.claims.some(({ hash }) => words.words.has(hash)) ||
    events.has(`${event.source}\u0000${event.id}`)
  );
}

/** An event of somebody else: what it said of them goes, and what it asked of identity about them. */
function withoutWords(record: LogRecord, words: ErasedWords): LogRecord {
  const clean = (event: Event): Event => {
    const { identity, ...rest } = event;
    const kept = identity === undefined || words.names(JSON.stringify(identity)) ? {} : { identity };
    // Words are letters and digits, so what is left is the same JSON without them.
    return JSON.parse(words.blank(JSON.stringify({ ...rest, ...kept }))) as Event;
  };
  if (record.kind === 'event' || record.kind === 'routed') return { ...record, event: clean(record.event) };
  if (record.kind !== 'message' || (record.body.type !== 'event' && record.body.type !== 'returned'))
    return record;
  return { ...record, body: { ...record.body, event: clean(record.body.event) } };
}
