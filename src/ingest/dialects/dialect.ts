import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { BodyOptions } from '../body.ts';
import type { Rejection } from '../rejection.ts';

/** One path of a wire protocol. */
export interface DialectRoute extends BodyOptions {
  readonly path: string;
  /** What every item on this path is, where the path says so. */
  readonly call?: string;
  /** The key may come inside the body, so it can only be checked after reading that. */
  readonly keyInBody: boolean;
  /** Status of a readable request: 202 says "durable, not yet applied", SDKs of other vendors expect 200. */
  readonly status: 200 | 202;
}

/** An item as a canonical wire event, not validated yet. */
export interface DecodedEvent {
  readonly ok: true;
  readonly event: JsonObject;
  /** The sender's clock when it sent, for the correction of `time`; absent where times are to be taken as they are. */
  readonly sentAt?: JsonValue;
}

/** A wire protocol: its routes, and a pure function from an item (and what surrounded it) to the canonical event. */
export interface Dialect {
  readonly name: string;
  readonly routes: readonly DialectRoute[];
  decode(item: JsonObject, envelope: JsonObject, route: DialectRoute): DecodedEvent | Rejection;
}
