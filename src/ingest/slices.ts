/** Work that may be left alone wherever it yields, and gone on with later. */
export type Sliced<Result> = Generator<void, Result, void>;

export function finishAtOnce<Result>(work: Sliced<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Work that would hold up everybody is done in slices, each in a turn of its own: in one turn of the event loop one slice is
 * done, of all works that wait, in the order in which they asked. So whoever else comes waits for one slice, however many
 * large requests there are.
 *
 * How many may wait has no bound of its own: bodies that are being read, and what is being inflated, have theirs in bytes.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  /** Resolves in a later turn of the event loop, after what waits there to be read. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(this.#give);
    });
  }

  readonly #give = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#give);
  };
}

/** Works of which one is finished before the next begins: what they work with belongs to one at a time. */
export class SlicedQueue {
  readonly #turns: Turns;
  #last: Promise<unknown> = Promise.resolve();

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  finish<Result>(work: Sliced<Result>): Promise<Result> {
    const done = this.#last.then(() => this.#finish(work));
    // Who comes next waits for the end of this one, whatever that is.
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #finish<Result>(work: Sliced<Result>): Promise<Result> {
    for (;;) {
      await this.#turns.next();
      const step = work.next();
      if (step.done === true) return step.value;
    }
  }
}
