import { limits } from '../limits.ts';

/** How long what is in a spool has waited: a mark now and then instead of a time per entry, so that years take little room. */
export class SpoolLag {
  /** Ascending: entries up to `n` had come by then, in milliseconds of this process. */
  #marks: { readonly n: number; readonly at: number }[] = [];

  /** Entry `n` has come. */
  add(n: number, now: number): void {
    const newest = this.#marks.at(-1);
    if (newest !== undefined && now - newest.at < limits.spoolLagMarkMs) {
      // The mark keeps the earlier time: entries may have waited a little less, never longer than it says.
      this.#marks[this.#marks.length - 1] = { n: Math.max(n, newest.n), at: newest.at };
      return;
    }
    this.#marks.push({ n, at: now });
    if (this.#marks.length > limits.spoolLagMarksMax) this.#thin();
  }

  /** Everything up to `n` has left. */
  drop(n: number): void {
    const waiting = this.#marks.findIndex((mark) => mark.n > n);
    this.#marks = waiting < 0 ? [] : this.#marks.slice(waiting);
  }

  /** Seconds that the oldest entry has waited; 0 when none does. */
  seconds(now: number): number {
    const oldest = this.#marks[0];
    return oldest === undefined ? 0 : (now - oldest.at) / 1000;
  }

  /** Half of the marks, each with the earlier time of two. */
  #thin(): void {
    const kept: { readonly n: number; readonly at: number }[] = [];
    for (let i = 0; i < this.#marks.length; i += 2) {
      const [first, second] = [this.#marks[i], this.#marks[i + 1]];
      if (first !== undefined) kept.push({ n: second?.n ?? first.n, at: first.at });
    }
    this.#marks = kept;
  }
}
