import type { Log, LogMessage } from '../../src/ports/log.ts';
import type { StateStore } from '../../src/ports/state.ts';

/**
 * Turns every call to a port into a stop at which the scheduler decides who goes on. So one seed decides every
 * interleaving of several workers that run the real stage code.
 */
export class Gate {
  #resume: (() => void) | undefined;
  #onPark: (() => void) | undefined;
  /** A dead worker's gate never opens again: whatever it was about to do does not happen. */
  dead = false;

  pass(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
      this.#onPark?.();
    });
  }

  /** Lets the worker go on; resolves when it stops at the next gate, or `finished` is called. */
  release(start: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#onPark = resolve;
      const resume = this.#resume;
      this.#resume = undefined;
      if (resume === undefined) start();
      else resume();
    });
  }

  finished(): void {
    this.#onPark?.();
  }

  get waiting(): boolean {
    return this.#resume !== undefined;
  }
}

export function gatedStore(store: StateStore, gate: Gate): StateStore {
  return {
    checkpoint: async (partition) => {
      await gate.pass();
      return await store.checkpoint(partition);
    },
    read: async (partition, keys) => {
      await gate.pass();
      return await store.read(partition, keys);
    },
    load: async (partition, expected, keys) => {
      await gate.pass();
      return await store.load(partition, expected, keys);
    },
    commit: async (partition, commit) => {
      await gate.pass();
      return await store.commit(partition, commit);
    },
    scan: async (partition, prefix, after, max) => {
      await gate.pass();
      return await store.scan(partition, prefix, after, max);
    },
    flushed: () => store.flushed(),
    close: () => store.close(),
  };
}

export function gatedLog(log: Log, gate: Gate, readMax: () => number): Log {
  return {
    append: async (records) => {
      await gate.pass();
      return await log.append(records);
    },
    read: async (afterSeq, max): Promise<readonly LogMessage[]> => {
      await gate.pass();
      return await log.read(afterSeq, Math.min(max, readMax()));
    },
    subscribe: (listener) => log.subscribe(listener),
    stats: () => log.stats(),
    trim: (seq) => log.trim(seq),
    close: () => log.close(),
  };
}
