import type { JsonValue } from './json.ts';

export interface Operators {
  readonly equals?: JsonValue;
  readonly in?: readonly JsonValue[];
  readonly starts_with?: string;
  readonly contains?: string;
  /** A regular expression. */
  readonly matches?: string;
  readonly exists?: boolean;
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
  readonly between?: readonly [number, number];
}

/**
 * A condition as written in definitions: `{ path: { operator } }` over the event,
 * `{ feature | trait | consent | tag | segment | loyalty: NAME, operator }` over the profile, and `all`, `any`, `not`.
 * In a term over the profile `{ event: PATH }` may stand for a value: what the event says there.
 */
export type Condition = Readonly<Record<string, unknown>>;
