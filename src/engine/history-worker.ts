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

/** The historian of one partition on this node. It hears of commits of this process at once, looks for those of others, and makes room in the spool. */
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
      shared: storage.channel !== undefined,
      history: storage.history,
      partition,
      space,
      onError: (error) =>
        logger.warn({ error: describeError(error), partition }, 'history insert failed; trying again'),
    });
  }

  async start(): Promise<void> {
    await this.historian.start();
    const { spool } = this.#node.storage;
    if (spool.relieve !== undefined)
      this.#timer = setInterval(() => void this.#relieve(), limits.spillPollMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.historian.stop();
  }

  async #relieve(): Promise<void> {
    const { storage, logger } = this.#node;
    const relieving = async (): Promise<void> => {
      while (await storage.spool.relieve?.(this.partition));
    };
    await relieving().catch((error: unknown) =>
      logger.debug({ error: describeError(error), partition: this.partition }, 'the spool was not relieved'),
    );
  }
}
