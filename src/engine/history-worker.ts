import { createHistorian, type Historian } from '../historian.ts';
import { limits } from '../limits.ts';
import { describeError, type Logger } from '../serve/logger.ts';
import type { Worker } from './crew.ts';
import type { Storage } from './storage.ts';

export interface HistoryNode {
  readonly storage: Storage;
  readonly space: string;
  readonly logger: Logger;
}

/** The historian of one partition on this node. It hears of commits of this process at once, and looks for those of others. */
export class HistoryWorker implements Worker {
  readonly partition: string;
  readonly historian: Historian;
  readonly #node: HistoryNode;
  #timer: NodeJS.Timeout | undefined;

  constructor(partition: string, node: HistoryNode) {
    const { storage, space, logger } = node;
    this.partition = partition;
    this.#node = node;
    this.historian = createHistorian({
      store: storage.spool,
      history: storage.history,
      partition,
      space,
      onError: (error) =>
        logger.warn({ error: describeError(error), partition }, 'history insert failed; trying again'),
    });
  }

  async start(): Promise<void> {
    await this.historian.start();
    const { channel } = this.#node.storage;
    if (channel !== undefined) this.#timer = setInterval(() => void this.#look(), limits.spoolPollMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.historian.stop();
  }

  async #look(): Promise<void> {
    const { storage, logger } = this.#node;
    try {
      const checkpoint = await storage.store.checkpoint(this.partition);
      if (checkpoint !== undefined) this.historian.wake(checkpoint.spooled, 0);
      await storage.spool.relieve?.(this.partition);
    } catch (error) {
      logger.debug({ error: describeError(error), partition: this.partition }, 'the spool could not be seen');
    }
  }
}
