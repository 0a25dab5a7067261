import { createHash } from 'node:crypto';
/**
 * A new profile's id in uuidv7 layout (RFC 9562): the time is the append time of the record that creates the
 * profile, the random bits are a hash of its position, so that a replay of the log gives the same id.
 */
export function profileIdOf(context, space, ordinal) {
    const { seq, index } = context.position;
    const digest = createHash('sha256')
        .update(`${space}\0${context.partition}\0${seq}\0${index}\0${ordinal}`)
        .digest();
    digest.writeUIntBE(context.now, 0, 6);
    digest.writeUInt8(0x70 | (digest.readUInt8(6) & 0x0f), 6);
    digest.writeUInt8(0x80 | (digest.readUInt8(8) & 0x3f), 8);
    const hex = digest.toString('hex', 0, 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
//# sourceMappingURL=profile-id.js.map