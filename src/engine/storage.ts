import type { Topology } from '../cluster/topology.ts';
import type { ProfileChange } from '../model/profile-change.ts';
import type { SegmentChange } from '../model/segment.ts';
import type { Firing } from '../model/trigger.ts';
import type { AuditStore } from '../ports/audit.ts';
import type { BackupStore } from '../ports/backup.ts';
import type { Channel } from '../ports/channel.ts';
import type { History } from '../ports/history.ts';
import type { KeyStore } from '../ports/keys.ts';
import type { Log } from '../ports/log.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { SpoolStore, StateStore } from '../ports/state.ts';

/** Rows on their way to history. */
export interface Spool extends SpoolStore {
  /** Makes room where too much waits; false when there is nothing to do. Absent where there is room enough. */
  relieve?(partition: string): Promise<boolean>;
}

/** Tells whoever listens outside this process, and hears the other nodes. */
export interface Notifications extends Notifier {
  profiles(changes: readonly ProfileChange[]): void;
  /** Who entered and left which segment; the nodes themselves need not hear of it. */
  segments(changes: readonly SegmentChange[]): void;
  listen(listener: (firings: readonly Firing[]) => void): () => void;
  listenToProfile(profile: string, listener: (change: ProfileChange) => void): () => void;
}

/** Where a deployment keeps everything: the ports, opened on a data directory or on servers. */
export interface Storage {
  readonly topology: Topology;
  readonly store: StateStore;
  readonly spool: Spool;
  readonly keys: KeyStore;
  readonly audit: AuditStore;
  readonly history: History;
  /** Between nodes; absent where there can be only one. */
  readonly channel: Channel | undefined;
  readonly notifications: Notifications | undefined;
  readonly log: (partition: string) => Log;
  /** The last message of a log as it is now, also where other nodes append to it. */
  readonly lastSeq: (partition: string) => Promise<number>;
  /** Why the logs take nothing more, once they do not. */
  readonly logFailure: () => unknown;
  /** False while the state cannot be reached: events are accepted, and applied later. */
  readonly stateReachable: () => boolean;
  /**
   * Overwrites what deletions have left on the medium, wherever it can be told what that is; answers how many pages still hold
   * something that `finds` finds.
   */
  scrub(finds: (text: string) => boolean): Promise<number>;
  /** Absent on servers, which have means of their own. */
  readonly backups: BackupStore | undefined;
  /** What an operator should know about how safe this is, for the log of the process. */
  readonly notes: readonly string[];
  /** The fingerprint that this deployment was founded under; undefined while nobody has founded it. */
  founded(): Promise<string | undefined>;
  /** Fails with `key_mismatch` when this deployment was sealed under another master key. */
  checkFingerprint(fingerprint: string): Promise<void>;
  close(): Promise<void>;
}
