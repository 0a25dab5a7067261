import type { AuditEntry } from '../model/audit.ts';
import type { MaybePromise } from './log.ts';

/** Who tells the audit log what was done. Services get it handed in; nobody but its writer knows how it is kept. */
export interface AuditTrail {
  /**
   * Resolves once the entry is durable; calls of the same moment share one write. An answer that holds personal data
   * waits for it, and so does a change that has to be accounted for. Fails with `audit_unavailable`: then the answer must
   * not leave, nor the change be made.
   */
  record(entry: AuditEntry): Promise<void>;
}

/** What was written together: the entries from `n` on, as lines of text. */
export interface AuditPage {
  readonly n: number;
  readonly bytes: Uint8Array;
}

/**
 * Where the chains are kept: append only. It knows nothing of keys, and whoever can write to it could change what it
 * holds; that this shows is the business of the chain, not of the store.
 */
export interface AuditStore {
  /**
   * Resolves once the page, and the head after it, are durable. Each chain has one writer, and its pages come in order.
   * Where the head is not written together with its page it is written after it, so it may name less than there is,
   * never more. Fails with `audit_unavailable`; then the page may be there or not.
   */
  append(chain: string, page: AuditPage, head: Uint8Array): Promise<void>;
  /** Pages of a chain whose `n` is greater than `after`, ascending, at most `max`; empty at the end. */
  pages(chain: string, after: number, max: number): MaybePromise<readonly AuditPage[]>;
  /** The last head of the chain; undefined for one that has none. */
  head(chain: string): MaybePromise<Uint8Array | undefined>;
  /** Names of all chains that have a page or a head, in the order of the names. */
  chains(): MaybePromise<readonly string[]>;
}
