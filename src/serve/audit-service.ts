import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { HistoryPage, JobView } from './services.ts';

export interface AuditRequest {
  readonly action?: string;
  readonly author?: string;
  /** A profile id. */
  readonly subject?: string;
  readonly since?: EpochMs;
  readonly until?: EpochMs;
  readonly limit: number;
  /** `next` of the previous page. */
  readonly before?: string;
}

/** What was done with what is held of people, and whether the record of it is whole. */
export interface AuditService {
  /** Newest first; fails as questions to history do. */
  list(request: AuditRequest): Promise<HistoryPage>;
  /** Of the chain of the node that answers. */
  head(): string;
  /** Fails with `invalid_parameter` for a head that is none. */
  verify(heads: readonly string[]): Promise<JsonObject>;
}

/** The key that wraps all stored keys. */
export interface MasterKeyService {
  /** Which one it is, and which may still be needed; ids tell nothing of the keys. */
  status(): { readonly id: string; readonly previous: string | null };
  /** A job that wraps every stored key under the master key of now. */
  rotate(author: string): JobView;
}
