import type { MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { TesseraError } from '../../src/errors.ts';
import { createHistorian, type Historian } from '../../src/historian/historian.ts';
import { limits } from '../../src/limits.ts';
import type { History } from '../../src/ports/history.ts';
import type { SpoolStore } from '../../src/ports/state.ts';
import { Gate } from './gate.ts';
import type { Random } from './random.ts';
import { type InsertFate, SimulatedHistory } from './simulated-history.ts';

const HISTORIANS = 2;

interface Clerk {
  gate: Gate;
  historian: Historian;
}

export interface HistoryDeskOptions {
  readonly partition: string;
  readonly store: MemoryStateStore;
  readonly random: Random;
  readonly count: (name: string) => void;
  readonly onError: (error: unknown) => void;
  /** Planted: what the historians are given instead of the spool. */
  readonly spool?: ((spool: SpoolStore) => SpoolStore) | undefined;
}

/** The real historian of one partition, twice, each behind a gate: they bring the same spool to the same history. */
export class HistoryDesk {
  readonly partition: string;
  readonly history = new SimulatedHistory();
  readonly #options: HistoryDeskOptions;
  #clerks: readonly Clerk[];
  #cursors = 0;
  faulty = true;

  constructor(options: HistoryDeskOptions) {
    this.#options = options;
    this.partition = options.partition;
    this.#clerks = Array.from({ length: HISTORIANS }, () => this.#newClerk());
  }

  /** One of them goes on until it touches a port again; mostly the first. */
  async advance(): Promise<void> {
    const { random } = this.#options;
    const clerk = this.#clerks[random.chance(0.8) ? 0 : 1];
    if (clerk !== undefined) await this.#goOn(clerk);
  }

  changeLeader(): void {
    this.#clerks = [...this.#clerks].reverse();
  }

  crash(): void {
    const clerk = this.#options.random.pick(this.#clerks);
    this.#options.count('historian crash');
    Object.assign(clerk, this.#newClerk());
  }

  /**
   * The slot steps back. What is on its way to history by then comes to an end first, and no historian sleeps through
   * it with rows in its hands: the rows of before that it would send cannot be told from new ones by anybody.
   */
  beforeRollback(): void {
    this.history.settle();
    for (const clerk of this.#clerks) if (clerk.gate.holding) Object.assign(clerk, this.#newClerk());
  }

  /** No more faults; everything that is spooled is brought to history. Answers whether it came to rest. */
  async finish(): Promise<boolean> {
    const { store, partition } = this.#options;
    this.faulty = false;
    const [leader, zombie] = this.#clerks;
    if (leader === undefined || zombie === undefined) return false;
    for (let step = 0; step < 20; step++) await this.#goOn(zombie);
    for (let step = 0; step < 2_000; step++) {
      await this.#goOn(leader);
      const spooled = store.checkpoint(partition)?.spooled ?? 0;
      const cursor = store.cursor(partition);
      if ((cursor?.done ?? 0) === spooled && cursor?.cut === undefined) return true;
    }
    return false;
  }

  async #goOn({ gate, historian }: Clerk): Promise<void> {
    await gate.release(() => {
      historian.start().catch((error: unknown) => {
        this.#options.onError(error);
        gate.finished();
      });
    });
  }

  #newClerk(): Clerk {
    const gate = new Gate();
    const { partition, store, onError } = this.#options;
    const spool = this.#gatedSpool(store, gate);
    const historian = createHistorian({
      store: this.#options.spool?.(spool) ?? spool,
      shared: true,
      history: this.#gatedHistory(gate),
      partition,
      space: 'sim',
      nameCursor: () => `c${++this.#cursors}`,
      onError: (error) => {
        // Read while the slot stepped back: it reads again, and if the entries stay lost it never comes to rest.
        if (error instanceof TesseraError && error.code === 'log_corrupt') this.#options.count('spoolDoubt');
        else onError(error);
      },
      pause: async (ms) => {
        await gate.pass('pause');
        // An insert does not outlive the pause that waits for its end.
        if (ms >= limits.historyRetryMs) this.history.settle();
      },
    });
    return { gate, historian };
  }

  #gatedSpool(store: SpoolStore, gate: Gate): SpoolStore {
    const { random, count } = this.#options;
    const stop = async (at: string): Promise<void> => {
      gate.holding = false;
      await gate.pass(at);
      if (!this.faulty || !random.chance(0.01)) return;
      count('spoolFailed');
      throw new TesseraError('state_unavailable', 'simulated: the spool does not answer');
    };
    return {
      readSpool: async (partition, after) => {
        await stop('readSpool');
        // A few entries at a time, so that cuts differ from try to try.
        return await store.readSpool(partition, after, 1 + random.below(6_000));
      },
      cursor: async (partition) => {
        await stop('cursor');
        return await store.cursor(partition);
      },
      saveCursor: async (partition, cursor, expected) => {
        await stop('saveCursor');
        const answer = await store.saveCursor(partition, cursor, expected);
        if (answer === 'conflict') count('cursorConflict');
        if (this.faulty && random.chance(0.08)) {
          count('cursorUnheard');
          throw new TesseraError('state_unavailable', 'simulated: the answer is lost');
        }
        return answer;
      },
      trimSpool: async (partition, n) => {
        await stop('trimSpool');
        await store.trimSpool(partition, n);
      },
    };
  }

  #gatedHistory(gate: Gate): History {
    return {
      migrate: () => Promise.resolve(),
      insert: async (block, token) => {
        gate.holding = true;
        await gate.pass('insert');
        this.history.insert(block, token, this.#fateOfInsert());
      },
      present: async (...range) => {
        gate.holding = true;
        await gate.pass('present');
        return this.history.present(...range);
      },
      blank: () => Promise.resolve(),
      erase: () => Promise.resolve({}),
      expire: () => Promise.resolve(0),
      query: () => Promise.resolve(''),
      close: () => Promise.resolve(),
    };
  }

  #fateOfInsert(): InsertFate {
    const { random, count } = this.#options;
    if (!this.faulty || !random.chance(0.4)) return 'fine';
    const fate = random.pick(['refused', 'unheard', 'late', 'spoiled'] as const);
    count(`insert ${fate}`);
    return fate;
  }
}
