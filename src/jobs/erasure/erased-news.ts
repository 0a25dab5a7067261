import type { Channel } from '../../ports/channel.ts';

export interface ErasedPeople {
  readonly profiles: readonly string[];
  /** Keys of facets whose data keys are destroyed. */
  readonly facets: readonly string[];
}

/** Whoever holds something of people in memory hears here that they were erased, on every node. */
export interface ErasedNews {
  tell(people: ErasedPeople): void;
  /** Returns the way to stop. */
  listen(listener: (people: ErasedPeople) => void): () => void;
}

const TOPIC = 'erased';

/** Over the channel of the nodes where there is one. Several messages may say the same, and whoever misses one hears the next. */
export function createErasedNews(channel: Channel | undefined): ErasedNews {
  const listeners = new Set<(people: ErasedPeople) => void>();
  const hear = (people: ErasedPeople): void => {
    for (const listener of listeners) listener(people);
  };
  // Other nodes of this project have written it.
  channel?.subscribe(TOPIC, (bytes) => hear(JSON.parse(Buffer.from(bytes).toString()) as ErasedPeople));
  return {
    tell(people) {
      hear(people);
      channel?.publish(TOPIC, Buffer.from(JSON.stringify(people)));
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
