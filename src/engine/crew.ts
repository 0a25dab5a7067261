/** Something that works on one partition until it is stopped. */
export interface Worker {
  stop(): Promise<void>;
}

/** The workers of this node, one for each partition that it has been assigned. One change at a time. */
export class Crew<W extends Worker> {
  readonly #hire: (partition: string) => Promise<W>;
  readonly #working = new Map<string, W>();
  #last: Promise<void> = Promise.resolve();

  constructor(hire: (partition: string) => Promise<W>) {
    this.#hire = hire;
  }

  get(partition: string): W | undefined {
    return this.#working.get(partition);
  }

  all(): readonly W[] {
    return [...this.#working.values()];
  }

  /** Stops whoever is no longer wanted, then starts who is missing. */
  assign(partitions: readonly string[]): Promise<void> {
    const change = async (): Promise<void> => {
      const wanted = new Set(partitions);
      const gone = [...this.#working].filter(([partition]) => !wanted.has(partition));
      await Promise.all(
        gone.map(async ([partition, worker]) => {
          await worker.stop();
          this.#working.delete(partition);
        }),
      );
      for (const partition of partitions) {
        if (!this.#working.has(partition)) this.#working.set(partition, await this.#hire(partition));
      }
    };
    this.#last = this.#last.then(change, change);
    return this.#last;
  }

  async stop(): Promise<void> {
    await this.assign([]);
  }
}
