import { gunzip } from 'node:zlib';
import { TesseraError } from "../errors.js";
import { limits } from "../limits.js";
/** What the bytes are, not what a header says they are: several SDKs label gzip as something else. */
export function isGzip(bytes) {
    return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}
/**
 * Inflates gzip, off the main thread, up to an absolute size and a ratio. Fails with `body_too_large` beyond either
 * and with `invalid_gzip`; zlib stops at the limit, so a bomb costs no more than the limit.
 */
export function inflate(bytes) {
    const maxOutputLength = Math.min(limits.inflatedBytesMax, bytes.length * limits.inflateRatioMax);
    return new Promise((resolve, reject) => {
        gunzip(bytes, { maxOutputLength }, (cause, inflated) => {
            if (cause === null)
                resolve(inflated);
            else
                reject(inflateError(cause, maxOutputLength));
        });
    });
}
function inflateError(cause, maxOutputLength) {
    return cause.code === 'ERR_BUFFER_TOO_LARGE'
        ? new TesseraError('body_too_large', `The body inflates to more than ${maxOutputLength} bytes.`, {
            cause,
        })
        : new TesseraError('invalid_gzip', undefined, { cause });
}
//# sourceMappingURL=inflate.js.map