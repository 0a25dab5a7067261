import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryCodec } from './entry-cache.ts';
import { limits } from './limits.ts';
import type { MoveQueue } from './model/identity.ts';
import { keys } from './model/keys.ts';
import type { StateReader, StateStore } from './ports/state.ts';
import type { Topology } from './topology.ts';

export interface SettledOptions {
  readonly store: Pick<StateStore, 'checkpoint'>;
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly topology: Topology;
  /** Takes over what identity has put in force. */
  readonly refresh: () => Promise<void>;
}

interface Target {
  readonly seq: number;
  readonly given: Readonly<Record<string, number>>;
}

/**
 * How far identity's decisions have come everywhere. What identity decides reaches people by messages; somebody who has
 * asked for it, and looks afterwards, should find it done.
 */
export class Settled {
  readonly #options: SettledOptions;
  #target: Target | undefined;
  #reached = 0;

  constructor(options: SettledOptions) {
    this.#options = options;
  }

  /** Up to which message of identity's log everything has been taken where it was sent to. */
  async seq(): Promise<number> {
    const { store, topology, refresh } = this.#options;
    const checkpoint = await store.checkpoint(topology.identity);
    this.#target ??= { seq: checkpoint?.seq ?? 0, given: checkpoint?.given ?? {} };
    const { seq, given } = this.#target;
    for (const partition of topology.people) {
      const taken = (await store.checkpoint(partition))?.taken[topology.identity] ?? 0;
      if (taken < (given[partition] ?? 0)) return this.#reached;
    }
    await refresh();
    this.#target = undefined;
    this.#reached = Math.max(this.#reached, seq);
    return this.#reached;
  }

  /** Until no facets are on their way from one person to another, or for a while: others may be on theirs by then. */
  async moves(): Promise<void> {
    const { state, codec } = this.#options;
    const giveUp = performance.now() + limits.movesWaitMs;
    for (;;) {
      const [bytes] = await state.read([keys.moves]);
      if (bytes === undefined) return;
      // The codec answers what lies under the key.
      const { waiting } = codec.decode(keys.moves, bytes) as MoveQueue;
      if (waiting.length === 0 || performance.now() > giveUp) return;
      await sleep(limits.settlePollMs);
    }
  }
}
