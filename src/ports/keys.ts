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
  delete(facet: string): Promise<void>;
}
