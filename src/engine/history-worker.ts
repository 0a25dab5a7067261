import { createHistorian, type Historian } from '../historian/historian.ts';
import { describeError, type Logger } from '../serve/logger.ts';
import type { Worker } from './crew.ts';
import type { Storage } from './storage.ts';

export interface HistoryNode {
  readonly storage: Storage;
  readonly space: string;
  readonly logger: Logger;
  /** Hears that history has everything up to an entry of a partition's spool. */
  readonly onInserted: (partition: string, last: number) => void;
}

/** The historian of one partition on this node. It hears of commits of this process at once, and looks for those of others. */
export class HistoryWorker implements Worker {
  readonly partition: string;
  readonly historian: Historian;

  constructor(partition: string, node: HistoryNode) {
    const { storage, space, logger, onInserted } = node;
    this.partition = partition;
    this.historian = createHistorian({
      store: storage.spool,
      shared: storage.channel !== undefined,
      history: storage.history,
      partition,
      space,
      onInserted: (last) => onInserted(partition, last),
      onError: (error) =>
        logger.warn({ error: describeError(error), partition }, 'history insert failed; trying again'),
    });
  }

  async start(): Promise<void> {
    await this.historian.start();
  }

  async stop(): Promise<void> {
    await this.historian.stop();
  }
}
