import { limits } from '../limits.ts';

/** A stretch of a partition's log: behind one message, up to another. */
export interface Gap {
  readonly partition: number;
  readonly after: number;
  readonly upTo: number;
}

/**
 * How far somebody has followed each partition's log, and what they have missed on the way. Stretches never overlap, so
 * whoever reads them afterwards meets nothing twice.
 */
export class LogGaps {
  readonly #reached: Map<number, number>;
  #gaps: Gap[];
  #lost = 0;

  constructor({ reached = [], gaps = [] }: Partial<LogGapsContent> = {}) {
    this.#reached = new Map(reached);
    this.#gaps = [...gaps];
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Stretches that were given up, because there were too many. */
  get lost(): number {
    return this.#lost;
  }

  reached(partition: number): number {
    return this.#reached.get(partition) ?? 0;
  }

  /** The stretch was met; what lies between it and what was met before is missing from now on. False for an old one. */
  advance({ partition, after, upTo }: Gap): boolean {
    const known = this.reached(partition);
    if (upTo <= known) return false;
    if (after > known) this.miss({ partition, after: known, upTo: after });
    this.#reached.set(partition, upTo);
    return true;
  }

  /** Nothing of the stretch is known, though it was met. */
  miss(gap: Gap): void {
    if (gap.after >= gap.upTo) return;
    this.#gaps.push(gap);
    if (this.#gaps.length <= limits.interactionGapsMax) return;
    this.#gaps.shift();
    this.#lost++;
  }

  /** These were read. */
  fill(gaps: readonly Gap[]): void {
    const read = new Set(gaps);
    this.#gaps = this.#gaps.filter((gap) => !read.has(gap));
  }

  content(): LogGapsContent {
    return { reached: [...this.#reached], gaps: this.#gaps };
  }
}

/** As it is stored. */
export interface LogGapsContent {
  /** Partition and message. */
  readonly reached: readonly (readonly [number, number])[];
  readonly gaps: readonly Gap[];
}
