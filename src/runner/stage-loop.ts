import { setTimeout as delay } from 'node:timers/promises';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Log } from '../ports/log.ts';
import type { StageRunner } from './runner.ts';

/**
 * Keeps a runner going: a round whenever the log has grown. A failed round starts again
 * from the stored checkpoint after a pause; a log that is corrupt or has lost its tail stops the partition,
 * because skipping would lose what was acknowledged.
 */
export interface StageLoop {
  start(): void;
  /** Finishes the round under way and applies what is durable, unless that fails; resolves when the runner rests. */
  stop(): Promise<void>;
  /** Why the partition stands still, if it does. */
  readonly stopped: TesseraError | undefined;
}

export interface StageLoopOptions {
  readonly runner: StageRunner;
  readonly log: Log;
  /** True while the stage must wait, because the history spool is full. */
  readonly paused: () => boolean;
  readonly onError: (error: unknown, willRetry: boolean) => void;
  readonly onRound?: (seconds: number) => void;
  /**
   * How long an idle stage waits for its log before it looks around by itself. An outbox whose destination was away, and a slot
   * that stepped back, are work that no growth of the log tells of. Undefined where neither can be.
   */
  readonly lookMs?: number;
}

const FATAL: ReadonlySet<string> = new Set(['log_lost_tail', 'log_corrupt', 'data_format', 'key_mismatch']);

export function createStageLoop(options: StageLoopOptions): StageLoop {
  return new Loop(options);
}

class Loop implements StageLoop {
  readonly #options: StageLoopOptions;
  #wake: (() => void) | undefined;
  #stopping = false;
  #running: Promise<void> | undefined;
  #stopped: TesseraError | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: StageLoopOptions) {
    this.#options = options;
  }

  get stopped(): TesseraError | undefined {
    return this.#stopped;
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#unsubscribe = this.#options.log.subscribe(() => this.#wake?.());
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    await this.#running;
    this.#unsubscribe?.();
  }

  async #run(): Promise<void> {
    for (;;) {
      if (this.#options.paused()) {
        if (this.#stopping) return;
        await delay(limits.stageRetryMs);
        continue;
      }
      const result = await this.#round();
      if (result === 'stopped') return;
      if (result === 'idle') {
        if (this.#stopping) return;
        await this.#grown();
      }
    }
  }

  async #round(): Promise<'worked' | 'idle' | 'stopped'> {
    const { runner, onRound, onError } = this.#options;
    const started = performance.now();
    try {
      if (!(await runner.step())) return 'idle';
      onRound?.((performance.now() - started) / 1000);
      return 'worked';
    } catch (error) {
      const fatal = error instanceof TesseraError && FATAL.has(error.code);
      onError(error, !fatal);
      if (fatal) {
        this.#stopped = error;
        return 'stopped';
      }
      // What could not be applied is in the log: the next start finds it there.
      if (this.#stopping) return 'stopped';
      await delay(limits.stageRetryMs);
      return 'worked';
    }
  }

  async #grown(): Promise<void> {
    const { log, runner, lookMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (lookMs !== undefined) timer = setTimeout(resolve, lookMs);
      if (this.#stopping || log.stats().lastSeq > (runner.checkpoint?.seq ?? 0)) resolve();
    });
    clearTimeout(timer);
  }
}
