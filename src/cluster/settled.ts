import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '../limits.ts';
import type { MoveQueue } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { StateReader, StateStore } from '../ports/state.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { Topology } from './topology.ts';

export interface SettledOptions {
  readonly store: Pick<StateStore, 'checkpoint'>;
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly topology: Topology;
  /** Takes over what identity has put in force. */
  readonly refresh: () => Promise<void>;
}

/** What has to be taken, by where it goes to and whom it comes from. */
interface Target {
  readonly seq: number;
  readonly given: readonly Given[];
  /** How often what people send on to each other still has to be waited for. */
  readonly roundsLeft: number;
}

interface Given {
  readonly from: string;
  readonly to: string;
  readonly n: number;
}

/** A message may find that its facet has moved on; more than once within a moment is rare. */
const ROUNDS = 2;

/**
 * How far identity's decisions have come everywhere. What identity decides reaches people by messages; somebody who has
 * asked for it, and looks afterwards, should find it done.
 */
export class Settled {
  readonly #options: SettledOptions;
  #target: Target | undefined;
  #reached = 0;
  #asking: Promise<number> | undefined;

  constructor(options: SettledOptions) {
    this.#options = options;
  }

  /** Up to which message of identity's log everything has been taken where it was sent to. */
  seq(): Promise<number> {
    this.#asking ??= this.#look().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #look(): Promise<number> {
    const { store, topology, refresh } = this.#options;
    const { identity, people } = topology;
    if (this.#target === undefined) {
      const seq = (await store.checkpoint(identity))?.seq ?? 0;
      this.#target = { seq, given: await this.#givenBy([identity]), roundsLeft: ROUNDS };
    }
    while (await this.#isTaken(this.#target.given)) {
      const { seq, roundsLeft }: Target = this.#target;
      if (roundsLeft === 0) {
        await refresh();
        this.#target = undefined;
        this.#reached = Math.max(this.#reached, seq);
        break;
      }
      this.#target = { seq, given: await this.#givenBy(people), roundsLeft: roundsLeft - 1 };
    }
    return this.#reached;
  }

  async #givenBy(partitions: readonly string[]): Promise<readonly Given[]> {
    const { store, topology } = this.#options;
    const all: Given[] = [];
    for (const from of partitions) {
      const given = (await store.checkpoint(from))?.given ?? {};
      for (const to of topology.people) {
        const n = given[to];
        if (n !== undefined) all.push({ from, to, n });
      }
    }
    return all;
  }

  async #isTaken(given: readonly Given[]): Promise<boolean> {
    const { store } = this.#options;
    const taken = new Map<string, Readonly<Record<string, number>>>();
    for (const { from, to, n } of given) {
      const known = taken.get(to) ?? (await store.checkpoint(to))?.taken ?? {};
      taken.set(to, known);
      if ((known[from] ?? 0) < n) return false;
    }
    return true;
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
