import { Packr } from 'msgpackr';
import type { Definitions } from '../definitions/definitions.ts';
import { assert, TesseraError } from '../errors.ts';
import { decodeFacet, encodeFacet, FACET_AGGREGATES } from '../features/encode.ts';
import {
  decodeLink,
  decodePerson,
  decodePlace,
  encodeLink,
  encodePerson,
  encodePlace,
} from '../identity/encode.ts';
import type { FiredEntry } from '../model/decision-memory.ts';
import type { Event } from '../model/event.ts';
import type { Link, Person, Place } from '../model/identity.ts';
import { OWNER_OF_LINK, UNATTRIBUTED } from '../model/keys.ts';
import type { DedupDay, Facet, Header } from '../model/profile.ts';
import type { LogRecord } from '../model/record.ts';
import type { SegmentMembership } from '../model/segment.ts';
import { decodeDedupDay, encodeDedupDay } from '../profile/dedup.ts';
import { decodeDecisions, encodeDecisions, type PackedDecisions } from '../triggers/encode-decisions.ts';
import { packMemories, type StoredMemories, unpackMemories } from '../triggers/encode-memory.ts';
import type { EntryCodec } from './entry-cache.ts';
import { endOfPacked, packedArray } from './skip-packed.ts';

/**
 * Records of the log are JSON text behind one letter that says which kind: an auditor can read them, history
 * takes the text over unchanged, and JSON.parse is what V8 does best. State entries are msgpack arrays,
 * because a profile is read and written far more often than looked at.
 */
export interface DecodedRecord {
  readonly record: LogRecord;
  /** The event's own JSON text, where the record is an event. */
  readonly raw: string | undefined;
}

const EVENT = 0x45;
const ROUTED = 0x52;
const OTHER = 0x4a;

/**
 * Hands events from ingest to the fold of the same process without parsing them again (1.3 µs for a small event):
 * whoever reads a record whose very bytes were encoded here gets the event they were made from, once. Records that
 * come from the medium are parsed; both ways give equal events, which test/replay.test.ts holds against each other.
 */
export interface RecordCodec {
  encodeEvent(event: Event): Uint8Array;
  decode(bytes: Uint8Array): DecodedRecord;
}

export function createRecordCodec(): RecordCodec {
  const fresh = new WeakMap<Uint8Array, DecodedRecord>();
  return {
    encodeEvent(event) {
      const record = recordOf(event);
      const raw = JSON.stringify(event);
      const bytes = Buffer.from(`${prefixOf(record)}${raw}`);
      fresh.set(bytes, { record, raw });
      return bytes;
    },
    decode(bytes) {
      const known = fresh.get(bytes);
      if (known === undefined) return decodeRecord(bytes);
      fresh.delete(bytes);
      return known;
    },
  };
}

/** A record from the canonical text of an event, as history and quarantine hold it. */
export function encodeCanonical(text: string): Uint8Array {
  return encodeRecord(recordOf(JSON.parse(text) as Event));
}

/** An event that names nobody goes straight to the unattributed profile: there is nothing to decide. */
function recordOf(event: Event): EventRecord {
  return event.claims.length > 0
    ? { kind: 'event', event }
    : { kind: 'routed', profile: UNATTRIBUTED, event };
}

type EventRecord = Extract<LogRecord, { kind: 'event' | 'routed' }>;

function prefixOf(record: EventRecord): string {
  return record.kind === 'event' ? 'E' : `R${record.profile}\n`;
}

export function encodeRecord(record: LogRecord): Uint8Array {
  if (record.kind === 'event' || record.kind === 'routed') {
    return Buffer.from(`${prefixOf(record)}${JSON.stringify(record.event)}`);
  }
  // The kind comes first, so that `isTurn` finds it.
  const { kind, ...rest } = record;
  return Buffer.from(`J${JSON.stringify({ kind, ...rest })}`);
}

const TURN =
  /^J\{"kind":"(?:definitions"|backfill","id":"[^"]*","step":\{"type":"(?!states")|message","from":"[^"]*","n":\d+,"body":\{"type":"in_force")/;
const TURN_BYTES = 200;

/** Whether the record changes what is in force. */
export function isTurn(bytes: Uint8Array): boolean {
  if (bytes[0] !== OTHER) return false;
  const end = Math.min(bytes.byteLength, TURN_BYTES);
  return TURN.test(Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1'));
}

export function decodeRecord(bytes: Uint8Array): DecodedRecord {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (buffer[0]) {
    case EVENT: {
      const raw = buffer.toString('utf8', 1);
      return { record: { kind: 'event', event: JSON.parse(raw) as Event }, raw };
    }
    case ROUTED: {
      const line = buffer.indexOf(0x0a);
      const raw = buffer.toString('utf8', line + 1);
      return {
        record: {
          kind: 'routed',
          profile: buffer.toString('utf8', 1, line),
          event: JSON.parse(raw) as Event,
        },
        raw,
      };
    }
    case OTHER:
      // Written by encodeRecord of this project and protected by the log's checksum.
      return { record: JSON.parse(buffer.toString('utf8', 1)) as LogRecord, raw: undefined };
    default:
      throw new TesseraError('log_corrupt', `a record starts with byte ${buffer[0]}`);
  }
}

type PackedHeader = [
  id: string,
  createdAt: number,
  isPseudo: boolean,
  facets: string[],
  triggers: StoredMemories,
  forward: string | null,
  tombstones: [string, string][] | null,
  seenAt: number,
  ...rest: Partial<HeaderRest>,
];

/** Codec of the state entries of one partition; facets need the definitions in force. */
export function createEntryCodec(definitions: Definitions): EntryCodec {
  const packr = new Packr({ useRecords: false, variableMapSize: true });
  return {
    encode(key, value) {
      switch (key.charCodeAt(0)) {
        case 0x64: // d
          return encodeDedupDay(value as DedupDay);
        case 0x66: // f
          return packr.pack(encodeFacet(definitions.features, value as Facet));
        case 0x67: // g
          return packr.pack(encodePerson(key, value as Person));
        case 0x68: // h
          return packr.pack(packHeader(value as Header));
        case 0x69: // i
          return packLink(value as Link, packr.pack(encodeLink(key, value as Link)));
        case 0x6f: // o
          return packr.pack(encodePlace(value as Place));
        default:
          return packr.pack(value);
      }
    },
    decode(key, bytes) {
      switch (key.charCodeAt(0)) {
        case 0x64:
          return decodeDedupDay(bytes);
        case 0x66:
          return decodeFacet(definitions.features, packr.unpack(bytes));
        case 0x67:
          return decodePerson(key, packr.unpack(bytes));
        case 0x68:
          return unpackHeader(packr.unpack(bytes) as PackedHeader);
        case 0x69:
          return decodeLink(key, ownerOf(bytes), packr.unpack(bytes.subarray(OWNER_OF_LINK.length)));
        case 0x6f:
          return decodePlace(packr.unpack(bytes));
        default: {
          const value: unknown = packr.unpack(bytes);
          assert(typeof value === 'object' && value !== null, `entry ${key} is not an object`);
          return value;
        }
      }
    },
    decodeFacts: (_key, bytes) => decodeFacet(definitions.features, packr.unpack(withoutAggregates(bytes))),
  };
}

const plain = new Packr({ useRecords: false, variableMapSize: true });

/** Of an entry that whoever keeps it writes and reads as a whole. */
export function packPlain(value: object): Uint8Array {
  return plain.pack(value);
}

export function unpackPlain(bytes: Uint8Array): unknown {
  return plain.unpack(bytes);
}

const SPACE = 0x20;

const EMPTY_LIST = Buffer.from([0x90]);

/** The same facet as if no feature had counted anything in it. */
function withoutAggregates(bytes: Uint8Array): Uint8Array {
  const list = packedArray(bytes);
  if (list === undefined || list.length <= FACET_AGGREGATES) return bytes;
  let from = list.from;
  for (let column = 0; column < FACET_AGGREGATES; column++) from = endOfPacked(bytes, from);
  return Buffer.concat([bytes.subarray(0, from), EMPTY_LIST, bytes.subarray(endOfPacked(bytes, from))]);
}

/** The owner comes first, in a fixed number of bytes, so that a store can follow it without knowing the format. */
function packLink({ owner }: Link, packed: Uint8Array): Uint8Array {
  const { length } = OWNER_OF_LINK;
  assert(owner.length <= length, 'the id of an owner fits into its place');
  const bytes = Buffer.allocUnsafe(length + packed.byteLength);
  bytes.fill(SPACE, 0, length);
  bytes.write(owner, 'latin1');
  bytes.set(packed, length);
  return bytes;
}

function ownerOf(bytes: Uint8Array): string {
  let end: number = OWNER_OF_LINK.length;
  while (end > 0 && bytes[end - 1] === SPACE) end--;
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1');
}

function packHeader(header: Header): PackedHeader {
  const packed: PackedHeader = [
    header.id,
    header.createdAt,
    header.kind === 'pseudo',
    header.facets,
    packMemories(header.triggers, header.facets),
    header.forward ?? null,
    header.tombstones === undefined ? null : [...header.tombstones],
    header.seenAt,
  ];
  const rest: HeaderRest = [
    header.fullAt,
    header.alarmAt,
    packSegments(header),
    header.pointsAt,
    header.decisions && encodeDecisions(header.decisions),
    header.looksAt === header.alarmAt ? undefined : (header.looksAt ?? NO_LOOK),
    header.plannedUnder,
    header.waiting,
    header.erased,
    header.unknownFacets?.length === 0 ? undefined : header.unknownFacets,
    header.snapshotAt,
  ];
  const length = rest.findLastIndex((each) => each !== undefined) + 1;
  for (let at = 0; at < length; at++) packed.push(rest[at] ?? null);
  return packed;
}

/** What follows in a packed header, each left out, or null where more follows, while there is none. */
type HeaderRest = [
  /** While the profile has room. */
  fullAt: number | null | undefined,
  /** While nothing is to change by itself. */
  alarmAt: number | null | undefined,
  /** What it was looked at under, and the segments that it is in: name, version and since in turn; before that. */
  segments: [under: string, ...members: (string | number)[]] | null | undefined,
  /** Before its first points. */
  pointsAt: number | null | undefined,
  /** Before its first decision. */
  decisions: PackedDecisions | null | undefined,
  /** Where it is what the alarm stands for; `NO_LOOK` where none is wanted. */
  looksAt: number | null | undefined,
  /** Before its days were first planned. */
  plannedUnder: string | null | undefined,
  /** While it waits for nothing of the catalog. */
  waiting: readonly string[] | null | undefined,
  /** While nobody has been erased. */
  erased: number | null | undefined,
  unknownFacets: readonly string[] | null | undefined,
  /** While nothing has changed since the last snapshot. */
  snapshotAt: number | null | undefined,
];

const NO_LOOK = 0;

function unpackHeader(packed: PackedHeader): Header {
  const [id, createdAt, isPseudo, facets, memories, forward, tombstones, seenAt, ...rest] = packed;
  const [fullAt, alarmAt, segments, pointsAt, decisions, looks, plannedUnder, waiting, ...gone] = rest;
  const [erased, unknownFacets, snapshotAt] = gone;
  const { triggers, fired } = unpackMemories(memories, facets);
  const looksAt = looks ?? alarmAt ?? NO_LOOK;
  return {
    id,
    createdAt,
    kind: isPseudo ? 'pseudo' : 'person',
    facets,
    seenAt,
    triggers,
    ...(forward === null ? {} : { forward }),
    ...(tombstones === null ? {} : { tombstones: new Map(tombstones) }),
    ...(fullAt === undefined || fullAt === null ? {} : { fullAt }),
    ...(alarmAt === undefined || alarmAt === null ? {} : { alarmAt }),
    ...(segments === undefined || segments === null ? {} : unpackSegments(segments)),
    ...(pointsAt === undefined || pointsAt === null ? {} : { pointsAt }),
    ...decisionsIn(decisions, fired),
    ...(looksAt === NO_LOOK ? {} : { looksAt }),
    ...(plannedUnder === undefined || plannedUnder === null ? {} : { plannedUnder }),
    ...(waiting === undefined || waiting === null ? {} : { waiting }),
    ...(erased === undefined || erased === null ? {} : { erased }),
    ...(unknownFacets === undefined || unknownFacets === null ? {} : { unknownFacets }),
    ...(snapshotAt === undefined || snapshotAt === null ? {} : { snapshotAt }),
  };
}

/** Headers from before decisions were remembered know of each trigger when it fired last. */
function decisionsIn(
  packed: PackedDecisions | null | undefined,
  fired: readonly FiredEntry[],
): Pick<Header, 'decisions'> {
  if (packed !== undefined && packed !== null) return { decisions: decodeDecisions(packed) };
  if (fired.length === 0) return {};
  return {
    decisions: { fired: fired.toSorted((a, b) => a.at - b.at), sent: {}, deferred: [], revocable: [] },
  };
}

const MEMBER_COLUMNS = 3;

function packSegments({ segments, segmentsUnder }: Header): NonNullable<HeaderRest[2]> | undefined {
  // A profile that is in none may still have to be looked at as a whole.
  if (segments === undefined && segmentsUnder === undefined) return undefined;
  const packed: NonNullable<HeaderRest[2]> = [segmentsUnder ?? ''];
  for (const [name, { version, since }] of segments ?? []) packed.push(name, version, since);
  return packed;
}

function unpackSegments([under, ...members]: NonNullable<HeaderRest[2]>): Partial<Header> {
  const segments = new Map<string, SegmentMembership>();
  for (let index = 0; index < members.length; index += MEMBER_COLUMNS) {
    const [name, version, since] = members.slice(index, index + MEMBER_COLUMNS);
    segments.set(String(name), { version: String(version), since: Number(since) });
  }
  return under === '' ? { segments } : { segments, segmentsUnder: under };
}
