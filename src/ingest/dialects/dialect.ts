/**
 * The frame of wire protocols. Whatever a protocol sends (JSON, a form, an image's address, headers that say half of
 * it) is first made JSON bytes by `unwrap`, so that one guard, one set of bounds and one quarantine serve all of them;
 * `decode` then makes a canonical event of each item. Both are pure: a quarantined item takes the same way again.
 */
import type { ErrorCode } from '../../errors.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { BodyOptions } from '../body.ts';
import type { Rejection } from '../rejection.ts';
import type { WireRequest } from '../wire-request.ts';

export type DialectMethod = 'GET' | 'POST';

/** Where a protocol carries the key, beside Authorization, `X-Write-Key` and `?writeKey=`, which always count. */
export interface KeyPlaces {
  /** Further query parameters. */
  readonly parameters?: readonly string[];
  /** A parameter of the path. */
  readonly path?: string;
  /** Fields of what surrounds the events, or of the first of them, as dotted paths. Checked after the body is read. */
  readonly fields?: readonly string[];
}

/** An answer in the form that a library expects. */
export interface WireAnswer {
  readonly status: number;
  /** Empty for 204. */
  readonly body: string | Uint8Array;
  /** Content type; absent where there is no body. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function jsonAnswer(value: JsonValue): WireAnswer {
  return { status: 200, body: JSON.stringify(value), type: 'application/json; charset=utf-8' };
}

export function textAnswer(text: string): WireAnswer {
  return { status: 200, body: text, type: 'text/plain; charset=utf-8' };
}

/** What went wrong with a request as a whole: a bad key, an unreadable or too large body, overload. */
export interface WireFailure {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
}

/** For protocols whose requests are signed instead of carrying a key. */
export interface Signature {
  /** Whose secret is meant; undefined where the request does not say. */
  source(request: WireRequest): string | undefined;
  /** Whether the signature over the raw body holds; compares in constant time. */
  holds(request: WireRequest, secret: string): boolean;
}

/** One path of a wire protocol. */
export interface DialectRoute extends BodyOptions {
  readonly path: string;
  /** POST alone where it is absent. */
  readonly methods?: readonly DialectMethod[];
  /** What every item on this path is, where the path says so. */
  readonly call?: string;
  readonly key?: KeyPlaces;
  readonly signed?: Signature;
  /** Whether pages send with credentials (cookies, or any beacon), which CORS has to allow by name. */
  readonly credentials?: boolean;
  /** What a readable request is answered with. Absent: the engine's own answer (202 and what became of each event). */
  readonly accepted?: WireAnswer;
  /**
   * What a request that failed is answered with; undefined, or none: the problem that every other route answers with.
   * `Retry-After` is added where waiting helps.
   */
  readonly failed?: (failure: WireFailure) => WireAnswer | undefined;
  /** Only looks what would become of the events, and answers what is wrong with them; nothing is kept. */
  readonly check?: (rejected: readonly RejectedEvent[]) => WireAnswer;
}

/** Why an event would not be taken: where, and what is wrong there. */
export interface RejectedEvent {
  readonly path: string;
  readonly message: string;
}

/** What libraries fetch before they send: settings, source configurations, feature flags. Stores nothing. */
export interface BootstrapRoute {
  readonly path: string;
  /** GET alone where it is absent. */
  readonly methods?: readonly DialectMethod[];
  /** One line for the OpenAPI document. */
  readonly summary: string;
  /** Where its key is; only places outside of the body. Absent: it is answered to anybody. */
  readonly key?: KeyPlaces;
  readonly credentials?: boolean;
  answer(request: WireRequest, place: BootstrapPlace): WireAnswer;
}

export interface BootstrapPlace {
  /** Where this engine is reached, without a slash at the end: answers must never let a page send elsewhere. */
  readonly origin: string;
  /** The key that the request showed; empty where the route needs none. */
  readonly key: string;
}

/** An item as a canonical wire event, not validated yet. */
export interface DecodedEvent {
  readonly ok: true;
  readonly event: JsonObject;
  /** Whom it is about is what anybody could have typed, however trustworthy the sender is. */
  readonly stated?: true;
  /** The sender's clock when it sent, for the correction of `time`; absent where times are to be taken as they are. */
  readonly sentAt?: JsonValue;
}

/** A wire protocol: its routes, and a pure function from an item (and what surrounded it) to the canonical event. */
export interface Dialect {
  readonly name: string;
  readonly routes: readonly DialectRoute[];
  readonly bootstrap?: readonly BootstrapRoute[];
  decode(item: JsonObject, envelope: JsonObject, route: DialectRoute): Decoded;
}

/**
 * What an item is: an event; several; none (an empty list: a library's word about itself, of which nothing is kept); or
 * a fault. Of several, one that is refused refuses the item.
 */
export type Decoded = DecodedEvent | readonly DecodedEvent[] | Rejection;
