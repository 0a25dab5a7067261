import { limits } from "../../limits.js";
import { packedBytes } from "./packed-message.js";
/** Upper bound of the bytes of an append: even if each record had a message of its own. */
export function appendBytes(records) {
    let bytes = 0;
    for (const record of records)
        bytes += packedBytes(1, record.byteLength);
    return bytes;
}
/**
 * Lays the records of several calls into as few messages as the limits allow. A call that fits into one message
 * is not split over two: it starts the next one instead.
 */
export function planMessages(appends, firstSeq) {
    const messages = [];
    const positions = [];
    let records = [];
    let bytes = 0;
    const startMessage = () => {
        records = [];
        bytes = 0;
        messages.push({ records });
    };
    startMessage();
    for (const append of appends) {
        const whole = append.records.length <= limits.messageRecordsMax && append.bytes <= limits.messageBytesMax;
        if (whole && records.length > 0 && !fits(records.length + append.records.length, bytes + append.bytes)) {
            startMessage();
        }
        const taken = [];
        for (const record of append.records) {
            const size = packedBytes(1, record.byteLength);
            // A record larger than a whole message gets one of its own rather than being refused here.
            if (records.length > 0 && !fits(records.length + 1, bytes + size))
                startMessage();
            taken.push({ seq: firstSeq + messages.length - 1, index: records.length });
            records.push(record);
            bytes += size;
        }
        positions.push(taken);
    }
    return { messages, positions };
}
function fits(records, bytes) {
    return records <= limits.messageRecordsMax && bytes <= limits.messageBytesMax;
}
//# sourceMappingURL=append-queue.js.map