import { isAscii, isUtf8 } from 'node:buffer';
const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;
/**
 * Bytes in, records out, without an object per record: `push` a chunk, then call `next` until it answers
 * false. It works on bytes, so that `offset` is exact and a resumed import can seek there.
 *
 * A record whose quote is never closed becomes a problem of its first line only, and reading goes on with the
 * line after it: one stray quote does not swallow the rest of the file. A line that is too long is skipped as
 * it streams by, so memory is bounded by `recordBytesMax` and one chunk.
 */
export class RecordReader {
    /** The record that `next` found: number of its first line, whether it has quotes, what is wrong with it. */
    line = 0;
    quoted = false;
    problem;
    /** First byte after the record and its line end, and the number of the line there. */
    offset;
    nextLine;
    #delimiter;
    #recordBytesMax;
    #buffer = Buffer.alloc(0);
    #position = 0;
    #start = 0;
    #end = 0;
    #nextQuote = -1;
    #cleanUntil = 0;
    #ascii = false;
    #unclosed = false;
    #oversized = 'no';
    #ended = false;
    constructor(options) {
        this.#delimiter = options.quotedDelimiter?.charCodeAt(0) ?? -1;
        this.#recordBytesMax = options.recordBytesMax;
        this.offset = options.offset;
        this.nextLine = options.line;
    }
    push(chunk) {
        const rest = this.#buffer.subarray(this.#position);
        this.#buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        this.#position = 0;
        if (this.#oversized === 'skipping')
            this.#skip();
        this.#inspect();
    }
    /** No more chunks: what is left is the last record, with or without a line end. */
    end() {
        this.#ended = true;
        if (this.#oversized === 'skipping')
            this.#oversized = 'found';
        this.#inspect();
    }
    next() {
        if (this.#oversized === 'found')
            return this.#takeOversized();
        const start = this.#position;
        const newline = this.#buffer.indexOf(NEWLINE, start);
        const lineEnd = newline < 0 ? this.#buffer.length : newline;
        if (newline < 0 && (!this.#ended || start >= lineEnd)) {
            if (lineEnd - start > this.#recordBytesMax)
                this.#startSkipping();
            return false;
        }
        if (this.#nextQuote < start && this.#nextQuote >= 0)
            this.#findQuote(start);
        this.quoted = this.#nextQuote >= 0 && this.#nextQuote < lineEnd;
        const end = this.quoted ? this.#quotedEnd(start, lineEnd) : lineEnd;
        if (end < 0)
            return false;
        this.#take(start, end);
        return true;
    }
    /** Text of the record, without its line end. */
    text() {
        return this.#buffer.toString(this.#ascii ? 'latin1' : 'utf8', this.#start, this.#end);
    }
    /** The record's bytes; valid until the next `push`. */
    bytes() {
        return this.#buffer.subarray(this.#start, this.#end);
    }
    get blank() {
        return this.#start === this.#end;
    }
    /** Reduces a record over several lines to its first one; the others are read again as records of their own. */
    keepFirstLine() {
        const newline = this.#buffer.indexOf(NEWLINE, this.#start);
        if (newline < 0 || newline >= this.#end)
            return;
        this.offset -= this.#position - (newline + 1);
        this.#position = newline + 1;
        this.nextLine = this.line + 1;
        this.#end = newline;
        this.#findQuote(this.#position);
    }
    #take(start, end) {
        this.line = this.nextLine;
        this.#start = start;
        this.#end = end > start && this.#buffer[end - 1] === RETURN ? end - 1 : end;
        this.#position = Math.min(end + 1, this.#buffer.length);
        this.offset += this.#position - start;
        this.nextLine += this.quoted ? this.#linesWithin(start, end) : 1;
        if (this.#unclosed)
            this.problem = 'unclosed_quote';
        else if (end - start > this.#recordBytesMax)
            this.problem = 'row_too_large';
        else if (end > this.#cleanUntil && !isUtf8(this.bytes()))
            this.problem = 'invalid_utf8';
        else
            this.problem = undefined;
        this.#unclosed = false;
    }
    /** The end of a record that has quotes: its first line end outside of them. -1: more bytes are needed. */
    #quotedEnd(start, lineEnd) {
        const buffer = this.#buffer;
        let atFieldStart = true;
        let inside = false;
        for (let at = start; at < buffer.length; at += 1) {
            const byte = buffer[at];
            if (inside) {
                if (byte !== QUOTE)
                    continue;
                if (at + 1 >= buffer.length && !this.#ended)
                    return this.#waitOrGiveUp(start, lineEnd);
                if (buffer[at + 1] === QUOTE)
                    at += 1;
                else
                    inside = false;
            }
            else if (byte === NEWLINE)
                return at;
            else if (byte === QUOTE && atFieldStart)
                inside = true;
            atFieldStart = !inside && byte === this.#delimiter;
        }
        return this.#ended && !inside ? buffer.length : this.#waitOrGiveUp(start, lineEnd);
    }
    /** Waits for more bytes while the record may still grow; otherwise gives its first line up. */
    #waitOrGiveUp(start, lineEnd) {
        if (!this.#ended && this.#buffer.length - start <= this.#recordBytesMax)
            return -1;
        this.#unclosed = true;
        return lineEnd;
    }
    #startSkipping() {
        this.#oversized = 'skipping';
        this.offset += this.#buffer.length - this.#position;
        this.#position = this.#buffer.length;
    }
    #skip() {
        const newline = this.#buffer.indexOf(NEWLINE);
        this.#position = newline < 0 ? this.#buffer.length : newline + 1;
        this.offset += this.#position;
        if (newline >= 0)
            this.#oversized = 'found';
    }
    #takeOversized() {
        this.#oversized = 'no';
        this.problem = 'row_too_large';
        this.quoted = false;
        this.line = this.nextLine;
        this.nextLine += 1;
        this.#start = this.#position;
        this.#end = this.#position;
        return true;
    }
    #linesWithin(start, end) {
        let lines = 1;
        let at = this.#buffer.indexOf(NEWLINE, start);
        while (at >= 0 && at < end) {
            lines += 1;
            at = this.#buffer.indexOf(NEWLINE, at + 1);
        }
        return lines;
    }
    /** Once per chunk instead of once per record: is the text plain ASCII or at least valid UTF-8, has it quotes? */
    #inspect() {
        const last = this.#ended ? this.#buffer.length - 1 : this.#buffer.lastIndexOf(NEWLINE);
        this.#ascii = isAscii(this.#buffer);
        this.#cleanUntil = this.#ascii || isUtf8(this.#buffer.subarray(0, last + 1)) ? last + 1 : 0;
        this.#findQuote(this.#position);
    }
    #findQuote(from) {
        this.#nextQuote = this.#delimiter < 0 ? -1 : this.#buffer.indexOf(QUOTE, from);
    }
}
//# sourceMappingURL=record-reader.js.map