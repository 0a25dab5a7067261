/**
 * Some protocols send far more than anybody reads: an order of a shop repeats taxes, weights and addresses in every line.
 * What is wanted of such a body is copied out byte by byte, before the guard looks at it: numbers stay as they were
 * written, and a key that is there twice is there twice in what is copied.
 */
import { TesseraError } from '../errors.ts';
import { COLON, COMMA, JsonTokens, QUOTE } from './json-tokens.ts';

/** Names of members, with what is wanted of each: all of it, or again some members. Lists are looked through. */
export interface WantedJson {
  readonly [name: string]: 'all' | WantedJson;
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** The JSON text with the wanted members alone. Fails with `unreadable_body` where the text is broken. */
export function pickJson(bytes: Buffer, wanted: WantedJson): Buffer {
  const picker = new Picker(bytes);
  picker.whole(wanted);
  return Buffer.concat(picker.parts);
}

class Picker {
  readonly tokens = new JsonTokens();
  readonly parts: Buffer[] = [];
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.tokens.start(bytes, bytes.length);
  }

  whole(wanted: WantedJson): void {
    const end = this.value(this.tokens.skipSpace(0), wanted);
    const rest = this.tokens.skipSpace(end);
    if (rest < this.#bytes.length) throw this.#broken(rest);
  }

  /** Copies what is wanted of the value that begins here; answers where it ends. As deep as `wanted` is, and lists in lists are not. */
  value(at: number, wanted: 'all' | WantedJson): number {
    const byte = this.#bytes[at];
    if (wanted !== 'all' && byte === OPEN_BRACE) return this.#object(at, wanted);
    if (wanted !== 'all' && byte === OPEN_BRACKET) return this.#list(at, wanted);
    const end = this.#skip(at);
    this.parts.push(this.#bytes.subarray(at, end));
    return end;
  }

  #object(open: number, wanted: WantedJson): number {
    this.#write('{');
    let first = true;
    let at = this.tokens.skipSpace(open + 1);
    if (this.#bytes[at] === CLOSE_BRACE) return this.#write('}', at + 1);
    for (;;) {
      const name = at;
      const nameEnd = this.#string(at);
      const colon = this.tokens.skipSpace(nameEnd);
      if (this.#bytes[colon] !== COLON) throw this.#broken(colon);
      at = this.tokens.skipSpace(colon + 1);
      const part = this.#wantedOf(wanted, name, nameEnd);
      if (part === undefined) at = this.#skip(at);
      else {
        if (!first) this.#write(',');
        first = false;
        this.parts.push(this.#bytes.subarray(name, nameEnd));
        this.#write(':');
        at = this.value(at, part);
      }
      at = this.tokens.skipSpace(at);
      if (this.#bytes[at] === CLOSE_BRACE) return this.#write('}', at + 1);
      if (this.#bytes[at] !== COMMA) throw this.#broken(at);
      at = this.tokens.skipSpace(at + 1);
    }
  }

  #list(open: number, wanted: WantedJson): number {
    this.#write('[');
    let at = this.tokens.skipSpace(open + 1);
    if (this.#bytes[at] === CLOSE_BRACKET) return this.#write(']', at + 1);
    for (;;) {
      // A list in a list is none that anybody would look through: it is copied, and the guard judges it.
      at = this.value(at, this.#bytes[at] === OPEN_BRACKET ? 'all' : wanted);
      at = this.tokens.skipSpace(at);
      if (this.#bytes[at] === CLOSE_BRACKET) return this.#write(']', at + 1);
      if (this.#bytes[at] !== COMMA) throw this.#broken(at);
      this.#write(',');
      at = this.tokens.skipSpace(at + 1);
    }
  }

  /** A name with an escape is none of those that are wanted. */
  #wantedOf(wanted: WantedJson, start: number, end: number): 'all' | WantedJson | undefined {
    const name = this.#bytes.toString('utf8', start + 1, end - 1);
    return Object.hasOwn(wanted, name) ? wanted[name] : undefined;
  }

  #string(at: number): number {
    if (this.#bytes[at] !== QUOTE) throw this.#broken(at);
    const end = this.tokens.string(at);
    if (end < 0) throw this.#broken(this.tokens.faultAt);
    return end;
  }

  /** Behind the value that begins here. Of what is skipped only strings and brackets are looked at. */
  #skip(start: number): number {
    const bytes = this.#bytes;
    let depth = 0;
    let at = start;
    while (at < bytes.length) {
      const byte = bytes[at]!;
      if (byte === QUOTE) at = this.#string(at);
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth += 1;
        at += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (depth === 0) break;
        depth -= 1;
        at += 1;
      } else if (depth === 0 && byte === COMMA) break;
      else at += 1;
      if (depth === 0 && (byte === QUOTE || byte === CLOSE_BRACE || byte === CLOSE_BRACKET)) return at;
    }
    if (at === start || depth > 0) throw this.#broken(at);
    return at;
  }

  #write(text: string, answer = 0): number {
    this.parts.push(Buffer.from(text));
    return answer;
  }

  #broken(at: number): TesseraError {
    return new TesseraError('unreadable_body', `The body is not valid JSON at byte ${at}.`);
  }
}
