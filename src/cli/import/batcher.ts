import { limits } from '../../limits.ts';
import type { Feed, ImportPosition, Reject } from './feed.ts';

/** Events that travel in one request, and what the journal has to know once they are acknowledged. */
export interface Batch {
  /** One event per line. */
  readonly body: string;
  /** Line and, where rows are grouped, key of each event. */
  readonly lines: readonly number[];
  readonly groups: readonly string[];
  /** What was refused on this side since the batch before. */
  readonly rejects: readonly Reject[];
  /** Where the import stands once this batch and all before it are settled. */
  readonly position: ImportPosition;
}

export interface BatcherOptions {
  readonly from: ImportPosition;
  /** Stop after so many units, counted from the start of the file. */
  readonly unitsMax: number;
  readonly deliver: (batch: Batch) => Promise<void>;
}

/**
 * Cuts the stream of events into batches. The newest batch is held back until the next one is there, so that
 * `finish` can give out the last one by itself: it is sent alone, and waits until it is applied.
 */
export class Batcher implements Feed {
  readonly #options: BatcherOptions;
  #body = '';
  #lines: number[] = [];
  #groups: string[] = [];
  #rejects: Reject[] = [];
  #position: { units: number; offset: number; line: number };
  #held: Batch | undefined;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#position = { ...options.from };
  }

  get full(): boolean {
    return (
      this.#lines.length >= limits.importBatchEvents ||
      this.#rejects.length >= limits.importBatchEvents ||
      this.#body.length >= limits.bodyBytesMax / 4
    );
  }

  get done(): boolean {
    return this.#position.units >= this.#options.unitsMax;
  }

  event(json: string, line: number, group?: string): void {
    this.#body += `${json}\n`;
    this.#lines.push(line);
    if (group !== undefined) this.#groups.push(group);
  }

  reject(reject: Reject): void {
    this.#rejects.push(reject);
  }

  mark(offset: number, line: number): void {
    this.#position.units += 1;
    this.#position.offset = offset;
    this.#position.line = line;
  }

  async flush(): Promise<void> {
    const batch = this.#cut();
    const held = this.#held;
    if (
      held !== undefined &&
      batch.lines.length === 0 &&
      held.rejects.length < limits.importRejectsQueuedMax
    ) {
      this.#held = { ...held, rejects: held.rejects.concat(batch.rejects), position: batch.position };
      return;
    }
    this.#held = batch;
    if (held !== undefined) await this.#options.deliver(held);
  }

  /** The last batch, which was not delivered; it may be without events. */
  async finish(): Promise<Batch> {
    await this.flush();
    return this.#held ?? this.#cut();
  }

  #cut(): Batch {
    const batch: Batch = {
      body: this.#body,
      lines: this.#lines,
      groups: this.#groups,
      rejects: this.#rejects,
      position: { ...this.#position },
    };
    this.#body = '';
    this.#lines = [];
    this.#groups = [];
    this.#rejects = [];
    return batch;
  }
}
