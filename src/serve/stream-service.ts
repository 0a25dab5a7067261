import type { ProfileChange } from '../model/profile-change.ts';
import type { Firing } from '../model/trigger.ts';
import type { StreamBacklog } from './stream-clients.ts';

/** What a client that comes back has missed. */
export interface FiringBacklog {
  readonly firings: readonly Firing[];
  /** True when the id is no longer known, so that firings before the first of these may be missing. */
  readonly gap: boolean;
}

export interface FiringHub {
  /** Firings after the one with this id; nothing without an id: the stream then starts now. */
  since(id: string | undefined): FiringBacklog;
  /** Calls back, in order, for each new firing. Returns the way to stop. The listener must not throw. */
  subscribe(listener: (firing: Firing) => void): () => void;
}

export interface ProfileHub {
  /** Watches a profile: what was missed since a change, and the way to leave. Nothing without an id. */
  watch(
    profile: string,
    lastId: string | undefined,
  ): { readonly backlog: StreamBacklog<ProfileChange>; readonly leave: () => void };
  /** Calls back, in order, for each change of a profile that is watched. Returns the way to stop. The listener must not throw. */
  subscribe(listener: (change: ProfileChange) => void): () => void;
  /** Forgets everything. */
  close(): void;
}
