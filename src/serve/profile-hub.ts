import { limits } from '../limits.ts';
import type { ProfileChange } from '../model/profile-change.ts';
import type { StreamBacklog } from './stream-clients.ts';
import type { ProfileHub } from './stream-service.ts';

export interface ProfileHubOptions {
  /** Hears of what other nodes do to a profile; answers the way to stop. Absent where there are none. */
  readonly listenElsewhere?:
    | ((profile: string, listener: (change: ProfileChange) => void) => () => void)
    | undefined;
  /** How long a profile that nobody watches any more is remembered, so that a reader may come back. */
  readonly keptMs?: number;
}

/** What the engine tells the hub, and asks before it works out what there is to tell. */
export interface ProfileWatch {
  /** How many profiles are watched. */
  readonly watched: number;
  isWatched(profile: string): boolean;
  publish(change: ProfileChange): void;
}

interface Watched {
  readers: number;
  recent: ProfileChange[];
  readonly stop: () => void;
  forget: NodeJS.Timeout | undefined;
}

/**
 * The fan-out of changes, profile by profile. Nothing is kept of a profile that nobody watches, so that a commit costs nothing
 * then; one that was left by its last reader is watched on for a while, with a short memory for readers that come back.
 */
export function createProfileHub(options: ProfileHubOptions = {}): ProfileHub & ProfileWatch {
  const { listenElsewhere, keptMs = limits.streamProfileKeptMs } = options;
  const profiles = new Map<string, Watched>();
  const listeners = new Set<(change: ProfileChange) => void>();
  const publish = (change: ProfileChange): void => {
    const watched = profiles.get(change.profile_id);
    if (watched === undefined) return;
    watched.recent.push(change);
    if (watched.recent.length > limits.streamBacklogChanges * 2)
      watched.recent = watched.recent.slice(-limits.streamBacklogChanges);
    for (const listener of listeners) listener(change);
  };
  const watchedOf = (profile: string): Watched => {
    const known = profiles.get(profile);
    if (known !== undefined) return known;
    const stop = listenElsewhere?.(profile, publish) ?? (() => undefined);
    const watched: Watched = { readers: 0, recent: [], stop, forget: undefined };
    profiles.set(profile, watched);
    return watched;
  };
  const left = (profile: string, watched: Watched): void => {
    watched.readers--;
    if (watched.readers > 0) return;
    watched.forget = setTimeout(() => {
      profiles.delete(profile);
      watched.stop();
    }, keptMs);
    watched.forget.unref();
  };
  return {
    get watched() {
      return profiles.size;
    },
    isWatched: (profile) => profiles.has(profile),
    publish,
    watch(profile, lastId) {
      const watched = watchedOf(profile);
      watched.readers++;
      clearTimeout(watched.forget);
      return { backlog: backlogOf(watched.recent, lastId), leave: () => left(profile, watched) };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close() {
      for (const { stop, forget } of profiles.values()) {
        clearTimeout(forget);
        stop();
      }
      profiles.clear();
    },
  };
}

/** Names a change among all changes of its profile: a commit is one. */
export function idOfChange({ partition, seq }: Pick<ProfileChange, 'partition' | 'seq'>): string {
  return `${partition}.${seq}`;
}

function backlogOf(
  recent: readonly ProfileChange[],
  lastId: string | undefined,
): StreamBacklog<ProfileChange> {
  if (lastId === undefined) return { items: [], gap: false };
  const at = recent.findLastIndex((change) => idOfChange(change) === lastId);
  return { items: recent.slice(at + 1), gap: at < 0 };
}
