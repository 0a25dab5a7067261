import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
const HEAD_BYTES = 1_024;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Looks at the head of the file: gzip is recognized by its magic bytes, not by its name. */
export async function openInput(path) {
    const file = await openFile(path);
    try {
        const stat = await file.stat();
        if (!stat.isFile())
            throw new TesseraError('import_failed', `${path} is not a file.`);
        const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
        const head = buffer.subarray(0, bytesRead);
        const input = {
            path,
            gzip: head[0] === 0x1f && head[1] === 0x8b,
            start: 0,
            identity: {
                size: stat.size,
                modified_ms: Math.floor(stat.mtimeMs),
                head: createHash('sha256').update(head).digest('hex'),
            },
        };
        return { ...input, start: (await startsWithMark(input, head)) ? BYTE_ORDER_MARK.length : 0 };
    }
    finally {
        await file.close();
    }
}
/** Bytes from `offset` of the inflated file. A gzip file is inflated from its start: it cannot be entered midway. */
export function readChunks(input, offset) {
    const file = createReadStream(input.path, {
        start: input.gzip ? 0 : offset,
        highWaterMark: limits.importReadBytes,
    });
    const size = Math.max(1, input.identity.size);
    return {
        share: () => Math.min(1, (file.bytesRead + (input.gzip ? 0 : offset)) / size),
        [Symbol.asyncIterator]: () => (input.gzip ? inflate(file, offset) : plain(file)),
    };
}
async function* plain(file) {
    try {
        yield* file;
    }
    catch (cause) {
        throw new TesseraError('import_failed', 'The file cannot be read on.', { cause });
    }
}
async function* inflate(file, offset) {
    // The iteration below reports the error of either stream; the callback only takes it off the process.
    const bytes = pipeline(file, createGunzip({ chunkSize: limits.importReadBytes }), () => undefined);
    let skip = offset;
    try {
        for await (const chunk of bytes) {
            const from = Math.min(skip, chunk.length);
            skip -= from;
            if (from < chunk.length)
                yield chunk.subarray(from);
        }
    }
    catch (cause) {
        throw new TesseraError('invalid_gzip', 'The file is not a complete gzip file.', { cause });
    }
}
async function startsWithMark(input, head) {
    if (!input.gzip)
        return head.subarray(0, 3).equals(BYTE_ORDER_MARK);
    for await (const chunk of readChunks(input, 0))
        return chunk.subarray(0, 3).equals(BYTE_ORDER_MARK);
    return false;
}
async function openFile(path) {
    try {
        return await open(path, 'r');
    }
    catch (cause) {
        throw new TesseraError('import_failed', `${path} cannot be opened.`, { cause });
    }
}
//# sourceMappingURL=input.js.map