/**
 * A request body, as raw bytes, into its events: gzip → (unwrap) → guard → JSON.parse of each event on its own. How that is
 * done is a generator, which yields wherever it may rest: a large body is read in slices, so that nobody waits for all of it.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { type ErrorCode, errorTable, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { MaybePromise } from '../ports/log.ts';
import { Inflater, isGzip } from './inflate.ts';
import { type GuardedBody, type GuardedRange, type GuardProblem, JsonGuard } from './json-guard.ts';
import { pointerAt } from './json-pointer.ts';
import { isJsonWhitespace } from './json-tokens.ts';
import { finishAtOnce, type Sliced, SlicedQueue, Turns } from './slices.ts';
import type { WireRequest } from './wire-request.ts';

const NDJSON = /^\s*application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-seq)\s*(?:;|$)/i;
const LINE_FEED = 0x0a;
const OPEN_BRACE = 0x7b;
const COMPRESSION = 10;

export interface BodyOptions {
  /** Name of the top-level array that holds the events, where the dialect has one. */
  readonly listKey?: string | undefined;
  /** Without that array the body is refused. */
  readonly listRequired?: boolean | undefined;
  /** A list without events is taken, where libraries send such. */
  readonly emptyAllowed?: boolean | undefined;
  /**
   * JSON bytes (or gzip of them) of a request whose body is something else: a form, an address, headers that belong to
   * the event. Pure; fails with `unreadable_body`.
   */
  readonly unwrap?: ((request: WireRequest) => Buffer) | undefined;
}

export interface DecodedBody {
  /** Top-level fields beside the list of events; empty where there is no such list. */
  readonly envelope: JsonObject;
  readonly items: readonly DecodedItem[];
}

export type DecodedItem =
  | { readonly ok: true; readonly value: JsonObject; readonly text: string }
  | RefusedItem;

export interface RefusedItem {
  readonly ok: false;
  readonly code: ErrorCode;
  /** JSON pointer into the event. */
  readonly path: string;
  readonly message: string;
  /** As it was sent. Where it is not UTF-8, one character per byte, so that no byte is lost. Empty where it is too large to be kept. */
  readonly text: string;
  readonly id?: string;
}

export interface BodyReader {
  /**
   * The events of a body, at once where it is small and not compressed. Throws (or rejects with) `unreadable_body`,
   * `invalid_gzip`, `body_too_large`, `empty_batch`, `batch_too_large`; what is wrong with one event is said there.
   */
  read(bytes: Buffer, contentType: string | undefined, options: BodyOptions): MaybePromise<DecodedBody>;
  /** The events of a whole request: inflated and unwrapped first where the protocol asks for that. Fails as `read` does. */
  open(request: WireRequest, options: BodyOptions): MaybePromise<DecodedBody>;
  /**
   * About how many bytes there are to be read: JSON of events is a tenth of its size when it is compressed, a `bomb` as much
   * smaller as it may be.
   */
  sizeOf(bytes: Buffer, bomb?: boolean): number;
}

export function createBodyReader(turns: Turns = new Turns()): BodyReader {
  const guard = new JsonGuard();
  // A guard is in use for as long as its body, and small ones come between the slices of a large one.
  const patientGuard = new JsonGuard();
  const large = new SlicedQueue(turns);
  const inflater = new Inflater();
  const decode = (bytes: Buffer, ndjson: boolean, options: BodyOptions): MaybePromise<DecodedBody> => {
    const small = bytes.length <= limits.bodySliceBytes;
    const own = small ? guard : patientGuard;
    const work = ndjson ? decodeLines(own, bytes) : decodeJson(own, bytes, options);
    if (small) return withEvents(finishAtOnce(work), options);
    return large.finish(work).then((body) => withEvents(body, options));
  };
  const read: BodyReader['read'] = (bytes, contentType, options) => {
    if (bytes.length > limits.bodyBytesMax) throw new TesseraError('body_too_large');
    const ndjson = contentType !== undefined && NDJSON.test(contentType);
    if (!isGzip(bytes)) return decode(bytes, ndjson, options);
    return inflater.inflate(bytes, (inflated) => decode(inflated, ndjson, options));
  };
  return {
    read,
    sizeOf(bytes, bomb = false) {
      if (!isGzip(bytes)) return bytes.length;
      return Math.min(limits.inflatedBytesMax, bytes.length * (bomb ? limits.inflateRatioMax : COMPRESSION));
    },
    open(request, options) {
      const { unwrap } = options;
      if (unwrap === undefined) return read(request.bytes, request.contentType, options);
      if (request.bytes.length > limits.bodyBytesMax) throw new TesseraError('body_too_large');
      // What was compressed may be as large inside as it may be on any other route.
      const unwrapped = (bytes: Buffer): MaybePromise<DecodedBody> =>
        isGzip(bytes)
          ? inflater.inflate(bytes, (inflated) => decode(inflated, false, options))
          : decode(bytes, false, options);
      if (!isGzip(request.bytes)) return unwrapped(unwrap(request));
      // The turn of the outer gzip ends before that of an inner one begins: two turns held at once could wait for each other.
      const inside = inflater.inflate(request.bytes, (bytes) => unwrap({ ...request, bytes }));
      return inside.then(unwrapped);
    },
  };
}

function withEvents(body: DecodedBody, { emptyAllowed }: BodyOptions): DecodedBody {
  if (body.items.length === 0 && emptyAllowed !== true) throw new TesseraError('empty_batch');
  return body;
}

function* decodeJson(guard: JsonGuard, bytes: Buffer, options: BodyOptions): Sliced<DecodedBody> {
  const text = textOf(bytes);
  guard.begin(bytes, options);
  while (!guard.step(limits.bodySliceBytes)) yield;
  const body = guard.finish();
  if ('fault' in body) throw unreadable(body.fault, body.at);
  if (options.listRequired === true && body.list === undefined) {
    throw new TesseraError('unreadable_body', `The body needs an array named ${options.listKey}.`);
  }
  const items: DecodedItem[] = [];
  let rested = 0;
  for (const range of body.items) {
    items.push(decodeItem(bytes, range, text));
    if (range.end - rested < limits.bodySliceBytes) continue;
    rested = range.end;
    yield;
  }
  return { envelope: readEnvelope(bytes, body, text), items };
}

function* decodeLines(guard: JsonGuard, bytes: Buffer): Sliced<DecodedBody> {
  const text = textOf(bytes);
  const items: DecodedItem[] = [];
  let rested = 0;
  let start = 0;
  while (start < bytes.length) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    if (!isBlank(bytes, start, end)) {
      if (items.length >= limits.batchEventsMax) throw new TesseraError('batch_too_large');
      items.push(yield* decodeLine(guard, bytes.subarray(start, end), text));
    }
    start = end + 1;
    if (end - rested < limits.bodySliceBytes) continue;
    rested = end;
    yield;
  }
  return { envelope: {}, items };
}

function* decodeLine(guard: JsonGuard, line: Buffer, text: TextKind): Sliced<DecodedItem> {
  guard.begin(line, { single: true });
  while (!guard.step(limits.bodySliceBytes)) yield;
  const body = guard.finish();
  if ('fault' in body) {
    if (line.length > limits.eventBytesMax)
      return {
        ok: false,
        code: 'event_too_large',
        path: '',
        message: errorTable.event_too_large[2],
        text: '',
      };
    const message = `${errorTable.invalid_json[2]} At byte ${body.at} of the line: ${body.fault}.`;
    const asSent = quarantineText(line, 0, line.length);
    return { ok: false, code: 'invalid_json', path: '', message, text: asSent };
  }
  return decodeItem(line, body.items[0]!, text);
}

/** How bytes become text: ASCII is the fast way, and broken UTF-8 has to be looked for event by event. */
type TextKind = 'latin1' | 'utf8' | 'broken';

function textOf(bytes: Buffer): TextKind {
  if (isAscii(bytes)) return 'latin1';
  return isUtf8(bytes) ? 'utf8' : 'broken';
}

function decodeItem(bytes: Buffer, range: GuardedRange, kind: TextKind): DecodedItem {
  const { start, end } = range;
  const tooLarge = end - start > limits.eventBytesMax;
  if (kind === 'broken' && !tooLarge && !isUtf8(bytes.subarray(start, end))) {
    return refuse(bytes, range, { code: 'invalid_utf8', at: start });
  }
  if (range.problem !== undefined) return refuse(bytes, range, range.problem);
  if (bytes[start] !== OPEN_BRACE) return refuse(bytes, range, { code: 'not_an_object', at: start });
  const text = bytes.toString(kind === 'latin1' ? 'latin1' : 'utf8', start, end);
  return { ok: true, value: parseObject(text), text };
}

function refuse(bytes: Buffer, { start, end }: GuardedRange, problem: GuardProblem): RefusedItem {
  const { code, at } = problem;
  const message = errorTable[code][2];
  // Nothing of a huge event is kept, and its id is not worth the memory that parsing it could take.
  if (code === 'event_too_large') return { ok: false, code, path: '', message, text: '' };
  const text = quarantineText(bytes, start, end);
  const id = code === 'invalid_utf8' ? undefined : idIn(text);
  const refused = { ok: false, code, path: pointerAt(bytes, start, at), message, text } as const;
  return id === undefined ? refused : { ...refused, id };
}

/** The sender's id of an event that was refused, so that it can be told which one. */
function idIn(text: string): string | undefined {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) return undefined;
  const id = value.id ?? value.messageId;
  return typeof id === 'string' ? id.slice(0, limits.eventIdCharactersMax) : undefined;
}

function quarantineText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString(isUtf8(bytes.subarray(start, end)) ? 'utf8' : 'latin1', start, end);
}

/** The body with its list emptied: the events are parsed on their own. */
function readEnvelope(bytes: Buffer, { list }: GuardedBody, kind: TextKind): JsonObject {
  if (list === undefined) return {};
  // It is kept with each event that goes into quarantine.
  if (bytes.length - (list.end - list.start) > limits.envelopeBytesMax) {
    const problem = `What surrounds the events is larger than ${limits.envelopeBytesMax} bytes.`;
    throw new TesseraError('body_too_large', problem);
  }
  const rest = [bytes.subarray(0, list.start), Buffer.from('[]'), bytes.subarray(list.end)];
  const outside = Buffer.concat(rest);
  if (kind === 'broken' && !isUtf8(outside)) {
    throw unreadable('text that is not UTF-8, outside of the events', list.start);
  }
  return parseObject(outside.toString('utf8'));
}

function parseObject(text: string): JsonObject {
  const value = parse(text);
  if (!isJsonObject(value)) throw new TesseraError('internal', 'the guard took something else for an object');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TesseraError('internal', 'the guard accepted what JSON.parse refuses', { cause });
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at < end && isJsonWhitespace(bytes[at]!)) at += 1;
  return at === end;
}

function unreadable(fault: string, at: number): TesseraError {
  return new TesseraError('unreadable_body', `The body is not valid JSON at byte ${at}: ${fault}.`);
}
