/**
 * What the nodes of one space say to each other while it happens: nothing is kept, nothing is repeated, and a node
 * that is away misses it. Whoever needs more than that writes a record to a log.
 */
export interface Channel {
  /**
   * Sends to every node that listens, the sender included, in the order of the calls. Never waits and never fails:
   * what cannot be sent at once is dropped.
   */
  publish(topic: string, bytes: Uint8Array): void;
  /**
   * Calls back for each message of the topic, or of all topics below it where it ends in `.*` (exactly one more
   * word). Topics are words of letters, digits, `_` and `-`, separated by dots. Returns the way to stop.
   */
  subscribe(topic: string, listener: (bytes: Uint8Array, topic: string) => void): () => void;
}
