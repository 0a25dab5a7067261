/**
 * Personal values, encrypted before they reach the log (AES-256-GCM). A sealed value is text:
 * `v1.<key>.<nonce, ciphertext and tag in base64url>`, where key is `f` (the facet's own) or `i<hour>` (an intake
 * key). Space, facet and path are authenticated with it, so a sealed value cannot be moved to another place.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import { TesseraError } from "../errors.js";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Random bytes are drawn in blocks: a system call for each nonce would cost more than the encryption. */
const NONCES_PER_BLOCK = 512;
const SEALED = /^v1\.(?:f|i(\d{1,9}))\.([A-Za-z0-9_-]{38,})$/;
/** Whole events in quarantine belong to no facet yet, and have no place in an event. */
const QUARANTINE = { facet: '', path: 'quarantine' };
export function createSealer(keyring, fill = randomFillSync) {
    const nextNonce = nonceSource(fill);
    const context = (place) => Buffer.from(`${keyring.space}\u0000${place.facet}\u0000${place.path}`);
    const seal = (key, place, plaintext) => {
        const nonce = nextNonce();
        const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(context(place));
        const body = cipher.update(plaintext, 'utf8');
        cipher.final();
        return `v1.${key.id}.${Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')}`;
    };
    const decrypt = (key, place, body) => key === undefined ? undefined : decipher(key, context(place), body);
    const open = (place, sealed) => {
        const { hour, body } = parseSealed(sealed);
        if (hour !== undefined)
            return decrypt(keyring.intakeKey(hour), place, body);
        const key = keyring.existingKey(place.facet);
        return key instanceof Promise
            ? key.then((found) => decrypt(found, place, body))
            : decrypt(key, place, body);
    };
    return {
        seal,
        open,
        sealQuarantined: (text) => seal(keyring.currentIntakeKey(), QUARANTINE, text),
        openQuarantined(sealed) {
            const { hour, body } = parseSealed(sealed);
            if (hour === undefined)
                throw new TesseraError('seal_broken', 'a quarantined event is sealed under no intake key');
            return decipher(keyring.intakeKey(hour), context(QUARANTINE), body);
        },
    };
}
function decipher(key, context, sealed) {
    const tagAt = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, sealed.subarray(0, NONCE_BYTES))
        .setAAD(context)
        .setAuthTag(sealed.subarray(tagAt));
    try {
        return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, tagAt)), decipher.final()]).toString('utf8');
    }
    catch (cause) {
        throw new TesseraError('seal_broken', undefined, { cause });
    }
}
function parseSealed(sealed) {
    const [, hour, body] = SEALED.exec(sealed) ?? [];
    if (body === undefined)
        throw new TesseraError('seal_broken', 'a sealed value has an unknown form');
    return { hour: hour === undefined ? undefined : Number(hour), body: Buffer.from(body, 'base64url') };
}
/** Never the same nonce twice from one block; every block is fresh. */
function nonceSource(fill) {
    const block = Buffer.alloc(NONCE_BYTES * NONCES_PER_BLOCK);
    let used = block.length;
    return () => {
        if (used === block.length) {
            fill(block);
            used = 0;
        }
        used += NONCE_BYTES;
        return block.subarray(used - NONCE_BYTES, used);
    };
}
//# sourceMappingURL=seal.js.map