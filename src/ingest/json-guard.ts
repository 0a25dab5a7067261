/**
 * Problem: JSON.parse takes the last of two equal keys, rounds numbers, keeps half surrogate pairs and accepts any
 * depth; and one bad event must not cost the others of its batch. So one pass over the bytes comes before it.
 *
 * Idea: a complete JSON grammar without recursion (a byte per open container) that finds where each event starts and
 * ends: the whole body, the items of an array, or the items of the top-level list (`events`, `batch`). What breaks
 * the grammar breaks the body, for nobody can say where the next event starts. What is grammatical but refused is
 * noted on the event that holds it, the first one only, and the pass goes on.
 *
 * Invariant: a range without a problem is accepted by JSON.parse, and nothing in it is altered by that.
 */
import { type ErrorCode, errorTable, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { JsonKeys } from './json-keys.ts';
import { COLON, COMMA, JsonTokens, QUOTE } from './json-tokens.ts';

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** Kinds of open containers kept between bodies; only hostile ones need more. */
const KINDS_KEPT = 1024;
const NOWHERE = -1;

export interface GuardProblem {
  readonly code: ErrorCode;
  /** Byte offset in the body: of the value, or just behind the key, that is refused. */
  readonly at: number;
}

export interface GuardedRange {
  readonly start: number;
  readonly end: number;
  readonly problem: GuardProblem | undefined;
}

export interface GuardedBody {
  readonly items: readonly GuardedRange[];
  /** The list that held the items, brackets included; undefined when the body is an event or a bare array. */
  readonly list: { readonly start: number; readonly end: number } | undefined;
}

export interface GuardFault {
  readonly fault: string;
  readonly at: number;
}

export interface GuardOptions {
  /** Name of the top-level array that holds the events, where the dialect has one. */
  readonly listKey?: string | undefined;
  /** One event, whatever its kind: a line of NDJSON. */
  readonly single?: boolean;
}

/** Reusable, and not re-entrant: one scan at a time. */
export class JsonGuard {
  readonly #tokens = new JsonTokens();
  readonly #keys = new JsonKeys();
  #kinds = new Uint8Array(KINDS_KEPT);
  #depth = 0;
  #listKey: string | undefined;
  /** The key before the value to come, of the outermost object, is the list's. */
  #atListKey = false;
  #listStart = NOWHERE;
  #listEnd = NOWHERE;
  #items: GuardedRange[] = [];
  /** Depth at which each value is an event; NOWHERE outside the list. */
  #itemDepth = NOWHERE;
  #itemStart = NOWHERE;
  /** Of the event being read, or, between events, of what surrounds them. */
  #problem: GuardProblem | undefined;
  #outerProblem: GuardProblem | undefined;
  #keysInScope = 0;
  #outerKeys = 0;
  #outerKeyCount = 0;
  /** The value before `#at` is complete; otherwise the next one starts there. */
  #ended = false;
  #first = 0;
  #at = 0;

  /** Reads bytes[start, end). Throws `batch_too_large`; a broken structure is an answer, since NDJSON goes on after it. */
  scan(bytes: Buffer, start: number, end: number, options: GuardOptions): GuardedBody | GuardFault {
    this.begin(bytes, options, { start, end });
    this.step(Number.POSITIVE_INFINITY);
    return this.finish();
  }

  /** The same in steps, for whoever has something else to do in between: a step until one answers true, then `finish`. */
  begin(bytes: Buffer, options: GuardOptions, { start, end } = { start: 0, end: bytes.length }): void {
    this.#reset(bytes, end, options);
    this.#first = this.#tokens.skipSpace(start);
    this.#at = this.#first;
    this.#ended = false;
  }

  /** Reads about so many bytes on: a token is never cut. True once the value and all it contains have ended. */
  step(byteCount: number): boolean {
    this.#at = this.#walk(this.#at, this.#at + byteCount);
    return this.#at < 0 || (this.#ended && this.#depth === 0);
  }

  finish(): GuardedBody | GuardFault {
    const { end } = this.#tokens;
    const after = this.#at;
    const rest = after < 0 ? end : this.#tokens.skipSpace(after);
    if (after >= 0 && rest < end) this.#tokens.fail(rest, 'more text after the end');
    if (this.#kinds.length > KINDS_KEPT) this.#kinds = new Uint8Array(KINDS_KEPT);
    if (this.#tokens.faultAt >= 0) return { fault: this.#tokens.fault, at: this.#tokens.faultAt };
    return this.#answer(this.#first, after);
  }

  #reset(bytes: Buffer, end: number, options: GuardOptions): void {
    this.#tokens.start(bytes, end);
    this.#keys.start(bytes);
    this.#depth = 0;
    this.#listKey = options.listKey;
    this.#atListKey = false;
    this.#listStart = NOWHERE;
    this.#listEnd = NOWHERE;
    this.#items = [];
    this.#itemDepth = options.single === true ? 0 : NOWHERE;
    this.#itemStart = NOWHERE;
    this.#problem = undefined;
    this.#outerProblem = undefined;
    this.#keysInScope = 0;
    this.#outerKeys = 0;
    this.#outerKeyCount = 0;
  }

  #answer(start: number, end: number): GuardedBody | GuardFault {
    const items = this.#items;
    const listed = this.#listStart >= 0;
    if (!listed && this.#itemDepth === NOWHERE) {
      // The body is one event, so what was found around the events was found in it.
      this.#outerKeyCount = this.#keys.count;
      this.#itemStart = start;
      this.#endItem(end);
    } else if (this.#problem !== undefined) {
      return { fault: errorTable[this.#problem.code][2], at: this.#problem.at };
    }
    return { items, list: listed ? { start: this.#listStart, end: this.#listEnd } : undefined };
  }

  /** One value with all it contains, or as much of it as comes before `until`; answers how far it has come, or -1. */
  #walk(start: number, until: number): number {
    let at = start;
    for (;;) {
      if (!this.#ended) {
        if (this.#depth === this.#itemDepth) this.#beginItem(at);
        at = this.#value(at);
        if (at < 0) return NOWHERE;
      }
      if (this.#ended) {
        at = this.#afterValue(at, until);
        // Where it has come to `until`, what ends there is still to be ended.
        if (at < 0 || this.#depth === 0 || this.#ended) return at;
      }
      at = this.#tokens.skipSpace(at);
      if (at >= until) return at;
    }
  }

  /** A scalar or an empty container whole, or the opening of a container up to its first value. */
  #value(at: number): number {
    const tokens = this.#tokens;
    this.#ended = true;
    const byte = at < tokens.end ? tokens.bytes[at]! : 0;
    switch (byte) {
      case QUOTE: {
        const end = tokens.string(at);
        if (tokens.loneSurrogate && end >= 0) this.#refuse('lone_surrogate', at);
        return end;
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        return this.#openContainer(at, byte);
      case 0x74:
        return tokens.literal(at, 'true');
      case 0x66:
        return tokens.literal(at, 'false');
      case 0x6e:
        return tokens.literal(at, 'null');
      default: {
        if (byte !== 0x2d && (byte < 0x30 || byte > 0x39)) return tokens.fail(at, 'a value is missing');
        const end = tokens.number(at);
        if (tokens.inexact && end >= 0) this.#refuse('unsafe_number', at);
        return end;
      }
    }
  }

  #openContainer(at: number, kind: number): number {
    const tokens = this.#tokens;
    if (this.#depth === this.#kinds.length) this.#grow();
    this.#kinds[this.#depth] = kind;
    this.#depth += 1;
    if (kind === OPEN_BRACKET) this.#enterList(at);
    const scope = this.#itemStart >= 0 ? this.#itemDepth : 0;
    if (this.#depth - scope > limits.jsonDepthMax) this.#refuse('too_deep', at);
    if (kind === OPEN_BRACE && this.#problem === undefined) this.#keys.open(this.#depth);
    const next = tokens.skipSpace(at + 1);
    const close = kind === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
    if (next < tokens.end && tokens.bytes[next] === close) return this.#closeContainer(next);
    this.#ended = false;
    return kind === OPEN_BRACE ? this.#key(next) : next;
  }

  #closeContainer(at: number): number {
    const level = this.#depth;
    if (this.#problem === undefined && this.#kinds[level - 1] === OPEN_BRACE) this.#keys.close(level);
    this.#depth = level - 1;
    // The items' own containers lie deeper, so this is the end of the list itself.
    if (level === 2 && this.#itemDepth === 2) {
      this.#itemDepth = NOWHERE;
      this.#listEnd = at + 1;
    }
    return at + 1;
  }

  /** The outermost array, and the array under the list's key, hold the events. */
  #enterList(at: number): void {
    if (this.#itemDepth !== NOWHERE) return;
    if (this.#depth === 1) {
      this.#itemDepth = 1;
    } else if (this.#depth === 2 && this.#atListKey && this.#listStart < 0) {
      this.#itemDepth = 2;
      this.#listStart = at;
    }
  }

  /** Ends what the value before `at` completes; answers where the next value starts, or at `until` how far it has come. */
  #afterValue(from: number, until: number): number {
    const tokens = this.#tokens;
    let at = from;
    for (;;) {
      if (this.#depth === this.#itemDepth) this.#endItem(at);
      if (this.#depth === 0) return at;
      at = tokens.skipSpace(at);
      const byte = at < tokens.end ? tokens.bytes[at]! : 0;
      const inObject = this.#kinds[this.#depth - 1] === OPEN_BRACE;
      if (byte === COMMA) {
        this.#ended = false;
        return inObject ? this.#key(tokens.skipSpace(at + 1)) : at + 1;
      }
      if (byte !== (inObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
        return tokens.fail(
          at,
          at >= tokens.end ? 'the text ends too early' : 'a comma or a closing bracket is missing',
        );
      }
      at = this.#closeContainer(at);
      if (at >= until && this.#depth > 0) return at;
    }
  }

  /** A key and its colon; answers where the value may start. */
  #key(at: number): number {
    const tokens = this.#tokens;
    if (at >= tokens.end || tokens.bytes[at] !== QUOTE) return tokens.fail(at, 'a key is missing');
    const end = tokens.string(at);
    if (end < 0) return NOWHERE;
    if (this.#problem === undefined) this.#checkKey(at + 1, end - 1);
    if (this.#depth === 1) this.#atListKey = this.#isListKey(at + 1, end - 1);
    const colon = tokens.skipSpace(end);
    if (colon >= tokens.end || tokens.bytes[colon] !== COLON) return tokens.fail(colon, 'a colon is missing');
    return colon + 1;
  }

  #checkKey(start: number, end: number): void {
    const { escaped, loneSurrogate } = this.#tokens;
    this.#keysInScope += 1;
    if (this.#keysInScope > limits.jsonKeysMax) this.#refuse('too_many_keys', end + 1);
    else if (loneSurrogate) this.#refuse('lone_surrogate', end + 1);
    else if (this.#keys.isPrototype(start, end, escaped)) this.#refuse('forbidden_key', end + 1);
    else if (!this.#keys.add(this.#depth, start, end, escaped)) this.#refuse('duplicate_key', end + 1);
  }

  #isListKey(start: number, end: number): boolean {
    const wanted = this.#listKey;
    const { escaped } = this.#tokens;
    if (wanted === undefined || (!escaped && end - start !== wanted.length)) return false;
    return this.#keys.decode(start, end, escaped) === wanted;
  }

  #beginItem(at: number): void {
    if (this.#items.length >= limits.batchEventsMax) throw new TesseraError('batch_too_large');
    this.#outerProblem = this.#problem;
    this.#outerKeys = this.#keysInScope;
    this.#outerKeyCount = this.#keys.count;
    this.#problem = undefined;
    this.#keysInScope = 0;
    this.#itemStart = at;
  }

  #endItem(end: number): void {
    const start = this.#itemStart;
    // Comes before whatever else is wrong: it is the one reason not to keep an event in quarantine.
    if (end - start > limits.eventBytesMax) this.#problem = { code: 'event_too_large', at: start };
    this.#items.push({ start, end, problem: this.#problem });
    this.#keys.count = this.#outerKeyCount;
    this.#problem = this.#outerProblem;
    this.#keysInScope = this.#outerKeys;
    this.#itemStart = NOWHERE;
  }

  #refuse(code: ErrorCode, at: number): void {
    this.#problem ??= { code, at };
  }

  #grow(): void {
    const larger = new Uint8Array(this.#kinds.length * 2);
    larger.set(this.#kinds);
    this.#kinds = larger;
  }
}
