import type { TesseraError } from '../../src/errors.ts';
import type { Fate, SimulatedLog } from './simulated-log.ts';

/**
 * Turns every call to a port into a stop at which the scheduler decides who goes on. So one seed decides every
 * interleaving of several workers that run the real stage code, and a crash can come before every call and after it.
 */
export class Gate {
  #resume: (() => void) | undefined;
  #onPark: (() => void) | undefined;
  /** The port call before which the worker stands; empty while it is not at work. */
  at = '';
  /** A historian that has rows in its hands. */
  holding = false;
  /** The log whose answer it waits for, if that is what it waits for. */
  blockedBy: SimulatedLog | undefined;
  /** A gate that is open stops nobody: for what is checked once everything is quiet. */
  readonly #open: boolean;

  constructor(options: { readonly open?: boolean } = {}) {
    this.#open = options.open ?? false;
  }

  pass(at: string): Promise<void> | undefined {
    if (this.#open) return undefined;
    this.at = at;
    return new Promise((resolve) => this.#park(resolve));
  }

  /** Hands records to the log and stops until that has answered. */
  append(log: SimulatedLog, records: readonly Uint8Array[], fate: Fate): Promise<void> {
    return new Promise((resolve, reject) => {
      this.blockedBy = log;
      log.submit(records, fate, (error?: TesseraError) => {
        this.blockedBy = undefined;
        this.#resume = error === undefined ? resolve : () => reject(error);
      });
      this.#onPark?.();
    });
  }

  #park(resume: () => void): void {
    this.#resume = resume;
    this.#onPark?.();
  }

  /** Lets the worker go on; resolves when it stops at the next gate, or `finished` is called. */
  release(start: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#onPark = resolve;
      const resume = this.#resume;
      this.#resume = undefined;
      if (resume === undefined) start();
      else resume();
    });
  }

  finished(): void {
    this.at = '';
    this.#onPark?.();
  }

  /** Whether the worker is in the middle of something. */
  get waiting(): boolean {
    return this.#resume !== undefined || this.blockedBy !== undefined;
  }
}
