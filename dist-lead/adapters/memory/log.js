import { crc32 } from 'node:zlib';
import { TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
export function createMemoryLog(options) {
    return new MapLog(options, {
        messages: new Map(),
        listeners: new Set(),
        firstSeq: 1,
        lastSeq: 0,
        lastAppendedAt: 0,
        lastDigest: 0,
        bytes: 0,
    });
}
class MapLog {
    #options;
    #storage;
    #fault;
    #closed = false;
    constructor(options, storage) {
        this.#options = options;
        this.#storage = storage;
    }
    /** Takes effect at once; every call is a message of its own. */
    async append(records) {
        const fault = this.#fault;
        this.#fault = undefined;
        if (this.#closed)
            throw new TesseraError('log_unavailable', 'the log is closed');
        if (fault === 'before')
            throw new TesseraError('log_unavailable', 'the append was told to fail');
        const bytes = sizeOf(records);
        if (this.#storage.bytes + bytes > (this.#options.maxBytes ?? limits.logBytesMax)) {
            throw new TesseraError('log_full', 'the log would exceed its size');
        }
        const positions = [];
        for (const message of split(records))
            this.#store(message, positions);
        if (records.length > 0)
            for (const listener of this.#storage.listeners)
                listener();
        if (fault === 'after')
            throw new TesseraError('log_unavailable', 'the acknowledgement was told to get lost');
        return positions;
    }
    read(afterSeq, max) {
        const found = [];
        for (let seq = Math.max(afterSeq + 1, this.#storage.firstSeq); found.length < max; seq += 1) {
            const message = this.#storage.messages.get(seq);
            if (message === undefined)
                break;
            found.push(message);
        }
        return found;
    }
    subscribe(listener) {
        this.#storage.listeners.add(listener);
        return () => {
            this.#storage.listeners.delete(listener);
        };
    }
    stats() {
        const { firstSeq, lastSeq, bytes } = this.#storage;
        return { firstSeq, lastSeq, bytes };
    }
    async trim(seq) {
        const storage = this.#storage;
        while (storage.firstSeq <= Math.min(seq, storage.lastSeq)) {
            this.#drop(storage.firstSeq);
            storage.firstSeq += 1;
        }
    }
    async close() {
        this.#closed = true;
    }
    failNextAppend(when) {
        this.#fault = when;
    }
    loseTail(seq) {
        const storage = this.#storage;
        while (storage.lastSeq > seq) {
            this.#drop(storage.lastSeq);
            storage.lastSeq -= 1;
        }
        storage.lastDigest = storage.messages.get(storage.lastSeq)?.digest ?? 0;
    }
    reopen(options = this.#options) {
        return new MapLog(options, this.#storage);
    }
    #store(records, positions) {
        const storage = this.#storage;
        const seq = storage.lastSeq + 1;
        const appendedAt = Math.max(this.#options.clock.now(), storage.lastAppendedAt);
        const copies = records.map((record) => new Uint8Array(record));
        let digest = crc32(`${storage.lastDigest} ${seq} ${appendedAt} ${records.length}`);
        for (const copy of copies)
            digest = crc32(copy, digest);
        storage.messages.set(seq, { seq, appendedAt, records: copies, digest });
        storage.lastSeq = seq;
        storage.lastAppendedAt = appendedAt;
        storage.lastDigest = digest;
        storage.bytes += sizeOf(records);
        for (let index = 0; index < records.length; index += 1)
            positions.push({ seq, index });
    }
    #drop(seq) {
        const message = this.#storage.messages.get(seq);
        if (message === undefined)
            return;
        this.#storage.messages.delete(seq);
        this.#storage.bytes -= sizeOf(message.records);
    }
}
function sizeOf(records) {
    let bytes = 0;
    for (const record of records)
        bytes += record.byteLength;
    return bytes;
}
/** Messages within the limits; a record larger than a whole message gets one of its own. */
function split(records) {
    const messages = [];
    let current = [];
    let bytes = 0;
    for (const record of records) {
        const full = current.length >= limits.messageRecordsMax || bytes + record.byteLength > limits.messageBytesMax;
        if (current.length === 0 || full) {
            current = [];
            bytes = 0;
            messages.push(current);
        }
        current.push(record);
        bytes += record.byteLength;
    }
    return messages;
}
//# sourceMappingURL=log.js.map