import { limits } from '../limits.ts';
import type { Firing } from '../model/trigger.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { FiringHub } from './stream-service.ts';

/** The in-process fan-out of firings: a short memory for readers that come back, and the readers of now. */
export function createFiringHub(backlogMax: number = limits.streamBacklogFirings): FiringHub & Notifier {
  const listeners = new Set<(firing: Firing) => void>();
  let recent: Firing[] = [];
  return {
    firings(firings) {
      for (const firing of firings) {
        recent.push(firing);
        for (const listener of listeners) listener(firing);
      }
      // Cut rarely and in one piece: shifting at every firing would move the whole memory each time.
      if (recent.length > backlogMax * 2) recent = recent.slice(-backlogMax);
    },
    since(id) {
      if (id === undefined) return { firings: [], gap: false };
      const remembered = recent.slice(-backlogMax);
      const at = remembered.findLastIndex((firing) => streamId(firing) === id);
      return { firings: remembered.slice(at + 1), gap: at < 0 };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** Names a decision in the stream: a firing may be deferred before it is decided, and revoked afterwards. */
export function streamId({ id, decision }: Firing): string {
  return decision === 'deferred' || decision === 'revoked' ? `${id}.${decision}` : id;
}
