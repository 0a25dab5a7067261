import { isJsonObject, parseJson } from '../../model/json.ts';
import type { ProfileChange } from '../../model/profile-change.ts';
import type { SegmentChange } from '../../model/segment.ts';
import type { Decision, Firing } from '../../model/trigger.ts';
import type { Notifier } from '../../ports/notifier.ts';
import { Broadcaster } from './broadcaster.ts';
import type { NatsLink } from './connection.ts';
import { subjectOf, subjectWord } from './subjects.ts';

export interface NotificationsOptions {
  readonly space: string;
  /** Tells nodes apart: a node hears of its own firings without the server. */
  readonly node: string;
}

export interface Notifications extends Notifier {
  /** Publishes what this node has committed; never waits. */
  firings(firings: readonly Firing[]): void;
  profiles(changes: readonly ProfileChange[]): void;
  segments(changes: readonly SegmentChange[]): void;
  /** Firings of the other nodes, in the order of each. Returns the way to stop. */
  listen(listener: (firings: readonly Firing[]) => void): () => void;
  /** What the other nodes do to one profile, in the order of each. Returns the way to stop. */
  listenToProfile(profile: string, listener: (change: ProfileChange) => void): () => void;
  /** Messages that could not be sent. */
  dropped(): number;
}

/**
 * Firings and changed profiles on plain subjects, for the nodes of the space and for whoever else wants to act on
 * them: `tessera.<space>.triggers.<name>`, `tessera.<space>.segments.<name>` and `tessera.<space>.profiles.<id>`, JSON, with the node as its own field.
 * Nothing is kept: who must not miss any reads history, where each has the same id.
 */
export function createNotifications(link: NatsLink, { space, node }: NotificationsOptions): Notifications {
  const broadcaster = new Broadcaster(link);
  const send = (kind: string, name: string, body: object): void => {
    const message = Buffer.from(JSON.stringify({ ...body, node }));
    broadcaster.send(subjectOf(space, kind, subjectWord(name)), message);
  };
  return {
    firings: (firings) => {
      for (const firing of firings) send('triggers', firing.trigger, firing);
    },
    profiles: (changes) => {
      for (const change of changes) send('profiles', change.profile_id, change);
    },
    segments: (changes) => {
      for (const change of changes) send('segments', change.segment, change);
    },
    listen: (listener) => {
      const subscription = link.connection.subscribe(subjectOf(space, 'triggers', '*'), {
        callback: (error, message) => {
          const firing = error === null ? parseFiring(message.data, node) : undefined;
          if (firing !== undefined) listener([firing]);
        },
      });
      return () => {
        if (!link.connection.isClosed()) subscription.unsubscribe();
      };
    },
    listenToProfile: (profile, listener) => {
      const subscription = link.connection.subscribe(subjectOf(space, 'profiles', subjectWord(profile)), {
        callback: (error, message) => {
          const change = error === null ? parseChange(message.data, node) : undefined;
          if (change?.profile_id === profile) listener(change);
        },
      });
      return () => {
        if (!link.connection.isClosed()) subscription.unsubscribe();
      };
    },
    dropped: () => broadcaster.dropped,
  };
}

const DECISIONS: ReadonlySet<string> = new Set<Decision>([
  'fired',
  'suppressed',
  'deferred',
  'held_out',
  'revoked',
]);

/** Anyone with access to the servers can publish here: what is no firing of another node is left alone. */
function parseFiring(data: Uint8Array, self: string): Firing | undefined {
  const body = parseJson(data);
  if (!isJsonObject(body)) return undefined;
  const { node, ...firing } = body;
  const { id, trigger, profile_id, decision, at, event_id, channel, payload, trace } = firing;
  const texts = [id, trigger, profile_id, event_id, channel];
  const complete =
    texts.every((text) => typeof text === 'string') &&
    DECISIONS.has(String(decision)) &&
    typeof at === 'number' &&
    isJsonObject(payload) &&
    isJsonObject(trace);
  // The fields that make a firing were looked at one by one; the compiler cannot put them together again.
  return complete && node !== self ? (firing as unknown as Firing) : undefined;
}

function parseChange(data: Uint8Array, self: string): ProfileChange | undefined {
  const body = parseJson(data);
  if (!isJsonObject(body)) return undefined;
  const { node, ...change } = body;
  const { profile_id, partition, seq } = change;
  const complete = typeof profile_id === 'string' && typeof partition === 'string' && typeof seq === 'number';
  // What it lists is passed on to readers as it is.
  return complete && node !== self ? (change as unknown as ProfileChange) : undefined;
}
