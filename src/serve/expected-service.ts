import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { ReadOptions } from './services.ts';

export interface ExpectedCustomer {
  readonly reason: 'appointment' | 'pickup' | 'cart';
  readonly at: EpochMs;
  /** Null where nobody is known, or the person is gone. */
  readonly profile_id: string | null;
  /** What they are called, where they have said so; masked as identifiers are. */
  readonly name?: string;
  /** By type, masked unless the reader may see personal data. */
  readonly identifiers: Readonly<Record<string, readonly string[]>>;
  readonly detail: JsonObject;
}

export interface ExpectedCustomers {
  readonly store: string;
  readonly now: EpochMs;
  /** Rows that history has not taken in yet, and how long the oldest of them have waited. */
  readonly freshness: { readonly rows_waiting: number; readonly seconds_waiting: number };
  readonly expected: readonly ExpectedCustomer[];
}

export interface Expecting {
  /** Fails as queries of history do. */
  expect(request: {
    readonly store: string;
    readonly days: number;
    readonly limit: number;
    readonly read: ReadOptions;
  }): Promise<ExpectedCustomers>;
}
