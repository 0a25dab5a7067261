/** A request body, as raw bytes, into its events: gzip → guard → JSON.parse of each event on its own. */
import { isAscii, isUtf8 } from 'node:buffer';
import { errorTable, TesseraError } from "../errors.js";
import { limits } from "../limits.js";
import { isJsonObject } from "../model/json.js";
import { inflate, isGzip } from "./inflate.js";
import { JsonGuard } from "./json-guard.js";
import { pointerAt } from "./json-pointer.js";
import { isJsonWhitespace } from "./json-tokens.js";
const NDJSON = /^\s*application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-seq)\s*(?:;|$)/i;
const LINE_FEED = 0x0a;
const OPEN_BRACE = 0x7b;
export function createBodyReader() {
    const guard = new JsonGuard();
    const decode = (bytes, ndjson, options) => {
        const body = ndjson ? decodeLines(guard, bytes) : decodeJson(guard, bytes, options);
        if (body.items.length === 0)
            throw new TesseraError('empty_batch');
        return body;
    };
    return {
        read(bytes, contentType, options) {
            if (bytes.length > limits.bodyBytesMax)
                throw new TesseraError('body_too_large');
            const ndjson = contentType !== undefined && NDJSON.test(contentType);
            if (!isGzip(bytes))
                return decode(bytes, ndjson, options);
            return inflate(bytes).then((inflated) => decode(inflated, ndjson, options));
        },
    };
}
function decodeJson(guard, bytes, options) {
    const text = textOf(bytes);
    const body = guard.scan(bytes, 0, bytes.length, options);
    if ('fault' in body)
        throw unreadable(body.fault, body.at);
    if (options.listRequired === true && body.list === undefined) {
        throw new TesseraError('unreadable_body', `The body needs an array named ${options.listKey}.`);
    }
    const items = [];
    for (const range of body.items)
        items.push(decodeItem(bytes, range, text));
    return { envelope: readEnvelope(bytes, body, text), items };
}
function decodeLines(guard, bytes) {
    const text = textOf(bytes);
    const items = [];
    let start = 0;
    while (start < bytes.length) {
        const feed = bytes.indexOf(LINE_FEED, start);
        const end = feed < 0 ? bytes.length : feed;
        if (!isBlank(bytes, start, end)) {
            if (items.length >= limits.batchEventsMax)
                throw new TesseraError('batch_too_large');
            items.push(decodeLine(guard, bytes.subarray(start, end), text));
        }
        start = end + 1;
    }
    return { envelope: {}, items };
}
function decodeLine(guard, line, text) {
    const body = guard.scan(line, 0, line.length, { single: true });
    if ('fault' in body) {
        const message = `${errorTable.invalid_json[2]} At byte ${body.at} of the line: ${body.fault}.`;
        return { ok: false, code: 'invalid_json', path: '', message, text: quarantineText(line, 0, line.length) };
    }
    return decodeItem(line, body.items[0], text);
}
function textOf(bytes) {
    if (isAscii(bytes))
        return 'latin1';
    return isUtf8(bytes) ? 'utf8' : 'broken';
}
function decodeItem(bytes, range, kind) {
    const { start, end } = range;
    if (kind === 'broken' && !isUtf8(bytes.subarray(start, end))) {
        return refuse(bytes, range, { code: 'invalid_utf8', at: start });
    }
    if (range.problem !== undefined)
        return refuse(bytes, range, range.problem);
    if (bytes[start] !== OPEN_BRACE)
        return refuse(bytes, range, { code: 'not_an_object', at: start });
    const text = bytes.toString(kind === 'latin1' ? 'latin1' : 'utf8', start, end);
    return { ok: true, value: parseObject(text), text };
}
function refuse(bytes, { start, end }, problem) {
    const { code, at } = problem;
    const text = quarantineText(bytes, start, end);
    // Of a huge event the id is not worth the memory that parsing it could take.
    const id = code === 'invalid_utf8' || end - start > limits.eventBytesMax ? undefined : idIn(text);
    const refused = {
        ok: false,
        code,
        path: pointerAt(bytes, start, at),
        message: errorTable[code][2],
        text,
    };
    return id === undefined ? refused : { ...refused, id };
}
/** The sender's id of an event that was refused, so that it can be told which one. */
function idIn(text) {
    const value = JSON.parse(text);
    if (!isJsonObject(value))
        return undefined;
    const id = value.id ?? value.messageId;
    return typeof id === 'string' ? id.slice(0, limits.eventIdCharactersMax) : undefined;
}
function quarantineText(bytes, start, end) {
    return bytes.toString(isUtf8(bytes.subarray(start, end)) ? 'utf8' : 'latin1', start, end);
}
/** The body with its list emptied: the events are parsed on their own. */
function readEnvelope(bytes, { list }, kind) {
    if (list === undefined)
        return {};
    const rest = [bytes.subarray(0, list.start), Buffer.from('[]'), bytes.subarray(list.end)];
    const outside = Buffer.concat(rest);
    if (kind === 'broken' && !isUtf8(outside)) {
        throw unreadable('text that is not UTF-8, outside of the events', list.start);
    }
    return parseObject(outside.toString('utf8'));
}
function parseObject(text) {
    const value = parse(text);
    if (!isJsonObject(value))
        throw new TesseraError('internal', 'the guard took something else for an object');
    return value;
}
function parse(text) {
    try {
        return JSON.parse(text);
    }
    catch (cause) {
        throw new TesseraError('internal', 'the guard accepted what JSON.parse refuses', { cause });
    }
}
function isBlank(bytes, start, end) {
    let at = start;
    while (at < end && isJsonWhitespace(bytes[at]))
        at += 1;
    return at === end;
}
function unreadable(fault, at) {
    return new TesseraError('unreadable_body', `The body is not valid JSON at byte ${at}: ${fault}.`);
}
//# sourceMappingURL=body.js.map