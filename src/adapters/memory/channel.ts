import type { Channel } from '../../ports/channel.ts';

/** A channel within one process: of a node that is alone, of tests and of the simulation. */
export function createMemoryChannel(): Channel {
  const listeners = new Set<(bytes: Uint8Array, topic: string) => void>();
  return {
    publish: (topic, bytes) => {
      const copy = new Uint8Array(bytes);
      // Later, as from a server: whoever publishes is never called back before it has gone on.
      queueMicrotask(() => {
        for (const listener of listeners) listener(copy, topic);
      });
    },
    subscribe: (pattern, listener) => {
      const matching = (bytes: Uint8Array, topic: string): void => {
        if (matches(pattern, topic)) listener(bytes, topic);
      };
      listeners.add(matching);
      return () => {
        listeners.delete(matching);
      };
    },
  };
}

function matches(pattern: string, topic: string): boolean {
  if (!pattern.endsWith('.*')) return pattern === topic;
  const parent = pattern.slice(0, -1);
  return topic.startsWith(parent) && topic.length > parent.length && !topic.includes('.', parent.length);
}
