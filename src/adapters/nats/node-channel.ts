import type { Channel } from '../../ports/channel.ts';
import { Broadcaster } from './broadcaster.ts';
import type { NatsLink } from './connection.ts';
import { subjectOf } from './subjects.ts';

export interface NodeChannel extends Channel {
  /** Messages that could not be sent. */
  dropped(): number;
}

/** The channel between the nodes of a space, on plain subjects below `tessera.<space>.nodes`. */
export function createNodeChannel(link: NatsLink, space: string): NodeChannel {
  const broadcaster = new Broadcaster(link);
  const prefix = subjectOf(space, 'nodes', '');
  return {
    publish: (topic, bytes) => broadcaster.send(prefix + topic, bytes),
    subscribe: (topic, listener) => {
      const subscription = link.connection.subscribe(prefix + topic, {
        callback: (error, message) => {
          // An error here is a missing permission, which the server repeats at every attempt: there is no message.
          if (error === null) listener(message.data, message.subject.slice(prefix.length));
        },
      });
      return () => {
        if (!link.connection.isClosed()) subscription.unsubscribe();
      };
    },
    dropped: () => broadcaster.dropped,
  };
}
