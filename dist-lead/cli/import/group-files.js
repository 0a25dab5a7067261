import { open, readFile, rm, stat } from 'node:fs/promises';
import { TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
import { RowGroups } from "./row-groups.js";
/** Bytes before each row in a file: line number, length of the key, length of the row. */
const HEAD_BYTES = 16;
/**
 * Rows spread over files by the hash of their key, so that the rows of a group meet in one file, which fits
 * into memory where the whole input does not. The files lie beside the progress file, readable by their owner
 * only, and are made anew by every run.
 */
export class GroupFiles {
    #prefix;
    #files = [];
    #buffers = [];
    #used = [];
    constructor(prefix) {
        this.#prefix = prefix;
    }
    static async create(prefix) {
        const groups = new GroupFiles(prefix);
        try {
            for (let at = 0; at < limits.importGroupFiles; at += 1) {
                groups.#files.push(await open(groups.#path(at), 'w', 0o600));
                groups.#buffers.push(Buffer.allocUnsafe(limits.importGroupFileBufferBytes));
                groups.#used.push(0);
            }
        }
        catch (cause) {
            throw new TesseraError('import_failed', `No room for sorting beside ${prefix}.`, { cause });
        }
        return groups;
    }
    get count() {
        return this.#buffers.length;
    }
    /** A promise only when a buffer had to be written out. */
    add(key, bytes, line) {
        const at = hashOf(key) % this.count;
        const keyBytes = Buffer.from(key);
        const size = HEAD_BYTES + keyBytes.length + bytes.length;
        if (this.#used[at] + size > this.#buffers[at].length)
            return this.#makeRoom(at, { keyBytes, bytes, line });
        this.#put(at, { keyBytes, bytes, line });
        return undefined;
    }
    /** Everything is written; from here on the files are only read. */
    async seal() {
        for (let at = 0; at < this.count; at += 1)
            await this.#write(at);
        while (this.#files.length > 0)
            await this.#files.pop().close();
    }
    async load(at) {
        const { size } = await stat(this.#path(at));
        if (size > limits.importGroupBytesMax * 2) {
            throw new TesseraError('import_failed', 'Too much of the file falls on few keys to group it; split it.');
        }
        const bytes = await readFile(this.#path(at));
        const groups = new RowGroups();
        for (let offset = 0; offset < bytes.length;) {
            const keyEnd = offset + HEAD_BYTES + bytes.readUInt32LE(offset + 8);
            const rowEnd = keyEnd + bytes.readUInt32LE(offset + 12);
            const key = bytes.toString('utf8', offset + HEAD_BYTES, keyEnd);
            groups.add(key, bytes.subarray(keyEnd, rowEnd), bytes.readDoubleLE(offset));
            offset = rowEnd;
        }
        return groups;
    }
    async remove() {
        while (this.#files.length > 0)
            await this.#files.pop().close();
        for (let at = 0; at < this.count; at += 1)
            await rm(this.#path(at), { force: true });
    }
    async #makeRoom(at, row) {
        await this.#write(at);
        const size = HEAD_BYTES + row.keyBytes.length + row.bytes.length;
        if (size > this.#buffers[at].length)
            this.#buffers[at] = Buffer.allocUnsafe(size);
        this.#put(at, row);
    }
    #put(at, row) {
        const buffer = this.#buffers[at];
        const used = this.#used[at];
        buffer.writeDoubleLE(row.line, used);
        buffer.writeUInt32LE(row.keyBytes.length, used + 8);
        buffer.writeUInt32LE(row.bytes.length, used + 12);
        row.keyBytes.copy(buffer, used + HEAD_BYTES);
        row.bytes.copy(buffer, used + HEAD_BYTES + row.keyBytes.length);
        this.#used[at] = used + HEAD_BYTES + row.keyBytes.length + row.bytes.length;
    }
    async #write(at) {
        await this.#files[at].appendFile(this.#buffers[at].subarray(0, this.#used[at]));
        this.#used[at] = 0;
    }
    #path(at) {
        return `${this.#prefix}.group-${String(at).padStart(3, '0')}`;
    }
}
/** FNV-1a: the same key falls into the same file in every run, which resuming relies on. */
function hashOf(key) {
    let hash = 0x811c9dc5;
    for (let at = 0; at < key.length; at += 1) {
        hash ^= key.charCodeAt(at);
        hash = Math.imul(hash, 0x01000193);
    }
    return hash >>> 0;
}
//# sourceMappingURL=group-files.js.map