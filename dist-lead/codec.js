import { Packr } from 'msgpackr';
import { assert, TesseraError } from "./errors.js";
import { decodeFacet, encodeFacet } from "./features/encode.js";
import { UNATTRIBUTED } from "./model/keys.js";
import { decodeDedupDay, encodeDedupDay } from "./profile/dedup.js";
const EVENT = 0x45;
const ROUTED = 0x52;
const OTHER = 0x4a;
export function createRecordCodec() {
    const fresh = new WeakMap();
    return {
        encodeEvent(event) {
            const raw = JSON.stringify(event);
            const attributed = event.claims.length > 0;
            const bytes = Buffer.from(attributed ? `E${raw}` : `R${UNATTRIBUTED}\n${raw}`);
            const record = attributed
                ? { kind: 'event', event }
                : { kind: 'routed', profile: UNATTRIBUTED, event };
            fresh.set(bytes, { record, raw });
            return bytes;
        },
        decode(bytes) {
            const known = fresh.get(bytes);
            if (known === undefined)
                return decodeRecord(bytes);
            fresh.delete(bytes);
            return known;
        },
    };
}
export function encodeRecord(record) {
    if (record.kind === 'event')
        return Buffer.from(`E${JSON.stringify(record.event)}`);
    if (record.kind === 'routed')
        return Buffer.from(`R${record.profile}\n${JSON.stringify(record.event)}`);
    return Buffer.from(`J${JSON.stringify(record)}`);
}
export function decodeRecord(bytes) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    switch (buffer[0]) {
        case EVENT: {
            const raw = buffer.toString('utf8', 1);
            return { record: { kind: 'event', event: JSON.parse(raw) }, raw };
        }
        case ROUTED: {
            const line = buffer.indexOf(0x0a);
            const raw = buffer.toString('utf8', line + 1);
            return {
                record: {
                    kind: 'routed',
                    profile: buffer.toString('utf8', 1, line),
                    event: JSON.parse(raw),
                },
                raw,
            };
        }
        case OTHER:
            // Written by encodeRecord of this project and protected by the log's checksum.
            return { record: JSON.parse(buffer.toString('utf8', 1)), raw: undefined };
        default:
            throw new TesseraError('log_corrupt', `a record starts with byte ${buffer[0]}`);
    }
}
/** Codec of the state entries of one partition; facets need the definitions in force. */
export function createEntryCodec(definitions) {
    const packr = new Packr({ useRecords: false, variableMapSize: true });
    return {
        encode(key, value) {
            switch (key.charCodeAt(0)) {
                case 0x64: // d
                    return encodeDedupDay(value);
                case 0x66: // f
                    return packr.pack(encodeFacet(definitions.features, value));
                case 0x68: // h
                    return packr.pack(packHeader(value));
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
                case 0x68:
                    return unpackHeader(packr.unpack(bytes));
                default: {
                    const value = packr.unpack(bytes);
                    assert(typeof value === 'object' && value !== null, `entry ${key} is not an object`);
                    return value;
                }
            }
        },
    };
}
function packHeader(header) {
    const triggers = [];
    for (const [name, memory] of header.triggers)
        triggers.push([name, memory.matches, memory.unlessAt, memory.firedAt]);
    return [
        header.id,
        header.createdAt,
        header.kind,
        header.facets,
        triggers,
        header.forward ?? null,
        header.tombstones === undefined ? null : [...header.tombstones],
    ];
}
function unpackHeader(packed) {
    const [id, createdAt, kind, facets, memories, forward, tombstones] = packed;
    const triggers = new Map();
    for (const [name, matches, unlessAt, firedAt] of memories)
        triggers.set(name, { matches, unlessAt, firedAt });
    return {
        id,
        createdAt,
        kind,
        facets,
        triggers,
        ...(forward === null ? {} : { forward }),
        ...(tombstones === null ? {} : { tombstones: new Map(tombstones) }),
    };
}
//# sourceMappingURL=codec.js.map