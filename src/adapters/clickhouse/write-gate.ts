/**
 * Lets changes of history through until somebody has to see it stand still. What is under way then ends first; what comes
 * meanwhile waits, which those who write to history are used to.
 */
export class WriteGate {
  readonly #underWay = new Set<Promise<unknown>>();
  #held: Promise<void> | undefined;

  async pass<T>(change: () => Promise<T>): Promise<T> {
    while (this.#held !== undefined) await this.#held;
    const running = change();
    // Whoever waits for it only wants to know that it has ended.
    const ended = running.catch(() => undefined);
    this.#underWay.add(ended);
    try {
      return await running;
    } finally {
      this.#underWay.delete(ended);
    }
  }

  async hold<T>(task: () => Promise<T>): Promise<T> {
    while (this.#held !== undefined) await this.#held;
    let release = (): void => undefined;
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    try {
      await Promise.all(this.#underWay);
      return await task();
    } finally {
      this.#held = undefined;
      release();
    }
  }
}
