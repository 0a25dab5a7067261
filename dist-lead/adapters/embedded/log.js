import { TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
import { appendBytes, planMessages } from "./append-queue.js";
import { MessageTail } from "./message-tail.js";
import { corrupt, packMessage, unpackMessage } from "./packed-message.js";
const START = { seq: 0, appendedAt: 0, digest: 0, offset: 0 };
/** Opens the log with this name, or founds it. Several logs of one environment share its flushes. */
export function openLog(environment, name, options) {
    return new EmbeddedLog(environment, name, options);
}
class EmbeddedLog {
    #environment;
    #name;
    #clock;
    #maxBytes;
    #messages;
    /** The end of logs that were trimmed to nothing: their seq must go on, not start anew. */
    #ends;
    #tail = new MessageTail();
    #listeners = new Set();
    #queue = [];
    #queuedBytes = 0;
    #end;
    #firstSeq;
    /** Offset of the first message: what has been trimmed so far. */
    #firstOffset;
    #draining;
    #closed = false;
    constructor(environment, name, options) {
        this.#environment = environment;
        this.#name = name;
        this.#clock = options.clock;
        this.#maxBytes = options.maxBytes ?? limits.logBytesMax;
        this.#messages = environment.database(`log/${name}`);
        this.#ends = environment.database('log-ends');
        this.#end = this.#readEnd();
        const first = firstKey(this.#messages);
        this.#firstSeq = first ?? this.#end.seq + 1;
        this.#firstOffset = first === undefined ? this.#end.offset : this.#load(first).header.offset;
    }
    append(records) {
        const bytes = appendBytes(records);
        const refusal = this.#refusal(bytes);
        if (refusal !== undefined)
            return Promise.reject(refusal);
        if (records.length === 0)
            return Promise.resolve([]);
        return new Promise((resolve, reject) => {
            this.#queue.push({ records, bytes, resolve, reject });
            this.#queuedBytes += bytes;
            this.#draining ??= this.#drain();
        });
    }
    read(afterSeq, max) {
        const from = Math.max(afterSeq + 1, this.#firstSeq);
        if (from > this.#end.seq || max <= 0)
            return [];
        return this.#tail.from(from, max) ?? this.#readStored(from, max);
    }
    subscribe(listener) {
        this.#listeners.add(listener);
        return () => {
            this.#listeners.delete(listener);
        };
    }
    stats() {
        return { firstSeq: this.#firstSeq, lastSeq: this.#end.seq, bytes: this.#bytes() };
    }
    /** Deletes in slices, so that appends get their turn in between and no transaction grows with the log. */
    async trim(seq) {
        if (this.#firstSeq > Math.min(seq, this.#end.seq))
            return;
        let slice = limits.logTrimSliceMessages;
        while (this.#firstSeq <= Math.min(seq, this.#end.seq)) {
            const last = Math.min(seq, this.#end.seq, this.#firstSeq + slice - 1);
            try {
                await this.#trimSlice(this.#firstSeq, last);
            }
            catch (error) {
                // Deleting needs some pages too. On a full disk a small transaction finds room where a large one does not.
                if (!(error instanceof TesseraError && error.code === 'log_full') || slice === 1)
                    throw error;
                slice = 1;
            }
        }
        // LMDB uses freed pages again only from the second transaction after; on a full disk none would get that far.
        await this.#saveEnd();
    }
    /** Appends that were called before are still written; later ones are refused. */
    async close() {
        this.#closed = true;
        await this.#draining;
        this.#listeners.clear();
    }
    #bytes() {
        return this.#end.offset - this.#firstOffset;
    }
    #refusal(bytes) {
        if (this.#closed)
            return new TesseraError('log_unavailable', `log ${this.#name} is closed`);
        if (this.#environment.failure !== undefined)
            return this.#environment.failure;
        if (this.#bytes() + this.#queuedBytes + bytes > this.#maxBytes) {
            return new TesseraError('log_full', `log ${this.#name} would exceed ${this.#maxBytes} bytes`);
        }
        if (this.#queuedBytes + bytes > limits.appendQueueBytesMax) {
            return new TesseraError('log_unavailable', `more than ${limits.appendQueueBytesMax} bytes wait to be appended`);
        }
        return undefined;
    }
    async #drain() {
        // One microtask, so that appends of the same moment share a message.
        await undefined;
        while (this.#queue.length > 0) {
            const appends = this.#takeQueued();
            try {
                const positions = await this.#store(appends);
                for (let call = 0; call < appends.length; call += 1)
                    appends[call]?.resolve(positions[call] ?? []);
            }
            catch (error) {
                for (const append of appends)
                    append.reject(error);
                continue;
            }
            finally {
                for (const append of appends)
                    this.#queuedBytes -= append.bytes;
            }
            for (const listener of this.#listeners)
                listener();
        }
        this.#draining = undefined;
    }
    #takeQueued() {
        let bytes = 0;
        let count = 0;
        while (count < this.#queue.length) {
            bytes += this.#queue[count]?.bytes ?? 0;
            if (count > 0 && bytes > limits.logTransactionBytesMax)
                break;
            count += 1;
        }
        return this.#queue.splice(0, count);
    }
    /** One transaction: flushed as a whole or not there at all. */
    async #store(appends) {
        const appendedAt = Math.max(this.#clock.now(), this.#end.appendedAt);
        const plan = planMessages(appends, this.#end.seq + 1);
        const messages = [];
        let end = this.#end;
        const puts = [];
        for (const { records } of plan.messages) {
            const header = { seq: end.seq + 1, appendedAt, offset: end.offset, previousDigest: end.digest };
            const { packed, message } = packMessage(header, records);
            end = { seq: header.seq, appendedAt, digest: message.digest, offset: end.offset + packed.byteLength };
            puts.push([header.seq, packed]);
            messages.push(message);
        }
        await this.#environment.write(() => {
            for (const [seq, packed] of puts)
                void this.#messages.put(seq, packed);
        });
        this.#end = end;
        for (const message of messages)
            this.#tail.push(message);
        return plan.positions;
    }
    #readStored(from, max) {
        const found = [];
        let previous;
        const end = this.#end.seq + 1;
        for (const { key, value } of this.#messages.getRange({ start: from, end, limit: max })) {
            if (key !== from + found.length)
                throw corrupt(from + found.length, 'it is missing');
            const { header, message } = unpackMessage(value, key);
            if (previous !== undefined && header.previousDigest !== previous) {
                throw corrupt(key, 'it does not follow the message before it');
            }
            previous = message.digest;
            found.push(message);
        }
        if (found.length === 0)
            throw corrupt(from, 'it is missing');
        return found;
    }
    async #trimSlice(first, last) {
        const end = this.#end;
        const emptied = last === end.seq;
        const offset = emptied ? end.offset : this.#load(last + 1).header.offset;
        await this.#environment.write(() => {
            for (let seq = first; seq <= last; seq += 1)
                void this.#messages.remove(seq);
            if (emptied)
                this.#putEnd(end);
        });
        // Two trims may overlap; whoever came further counts.
        this.#firstSeq = Math.max(this.#firstSeq, last + 1);
        this.#firstOffset = Math.max(this.#firstOffset, offset);
        this.#tail.trim(last);
    }
    async #saveEnd() {
        const end = this.#end;
        await this.#environment.write(() => this.#putEnd(end));
    }
    #putEnd(end) {
        void this.#ends.put(this.#name, Buffer.from(JSON.stringify(end)));
    }
    #readEnd() {
        for (const seq of this.#messages.getKeys({ reverse: true, limit: 1 })) {
            const { header, message, bytes } = this.#load(seq);
            return { seq, appendedAt: header.appendedAt, digest: message.digest, offset: header.offset + bytes };
        }
        const stored = this.#ends.get(this.#name);
        return stored === undefined ? START : parseEnd(stored, this.#name);
    }
    #load(seq) {
        const packed = this.#messages.get(seq);
        if (packed === undefined)
            throw corrupt(seq, 'it is missing');
        return unpackMessage(packed, seq);
    }
}
function firstKey(messages) {
    for (const seq of messages.getKeys({ limit: 1 }))
        return seq;
    return undefined;
}
function parseEnd(stored, name) {
    const value = JSON.parse(stored.toString());
    if (isEnd(value))
        return value;
    throw new TesseraError('log_corrupt', `the end of log ${name} cannot be read`);
}
function isEnd(value) {
    if (typeof value !== 'object' || value === null)
        return false;
    const fields = value;
    const { seq, appendedAt, digest, offset } = fields;
    return [seq, appendedAt, digest, offset].every((field) => typeof field === 'number');
}
//# sourceMappingURL=log.js.map