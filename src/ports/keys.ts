import type { MaybePromise } from './log.ts';

/**
 * Data keys of facets, wrapped by the master key. They live beside the log, never in it: destroying one
 * makes every sealed value of the facet unreadable wherever it was copied.
 */
export interface KeyStore {
  get(facet: string): MaybePromise<Uint8Array | undefined>;
  /**
   * Stores the wrapped key unless the facet has one; answers the one in force. An append to the log that
   * is acknowledged afterwards implies that the key is durable too.
   */
  putIfAbsent(facet: string, wrapped: Uint8Array): Promise<Uint8Array>;
  /**
   * Puts `wrapped` in the place of `expected`, durably. False, and nothing is written, where something else is there or
   * nothing any more: a key that was destroyed stays so.
   */
  replace(facet: string, expected: Uint8Array, wrapped: Uint8Array): Promise<boolean>;
  /**
   * Every key that is there during the whole of a walk comes at least once, one that is replaced meanwhile perhaps again.
   * Begins at the start where the cursor is empty; `next` is absent at the end. Beside those of facets there are names
   * of the deployment's own, which begin with `!`.
   */
  scan(cursor: string, max: number): MaybePromise<KeyPage>;
  delete(facet: string): Promise<void>;
}

export interface KeyPage {
  readonly keys: readonly StoredKey[];
  readonly next?: string;
}

export interface StoredKey {
  readonly name: string;
  readonly wrapped: Uint8Array;
}
