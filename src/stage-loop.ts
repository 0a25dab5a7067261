import { setTimeout as delay } from 'node:timers/promises';
import { TesseraError } from './errors.ts';
import { limits } from './limits.ts';
import type { Log } from './ports/log.ts';
import type { StageRunner } from './runner.ts';

/**
 * Keeps a runner going: a round whenever the log has grown, no timer in between. A failed round starts again
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
}

const FATAL: ReadonlySet<string> = new Set(['log_lost_tail', 'log_corrupt', 'data_format', 'key_mismatch']);

export function createStageLoop(options: StageLoopOptions): StageLoop {
  const { runner, log, paused, onError } = options;
  let wake: (() => void) | undefined;
  let stopping = false;
  let running: Promise<void> | undefined;
  let stopped: TesseraError | undefined;
  let unsubscribe: (() => void) | undefined;

  const grown = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      if (stopping || log.stats().lastSeq > (runner.checkpoint?.seq ?? 0)) resolve();
    });

  async function round(): Promise<'worked' | 'idle' | 'stopped'> {
    const started = performance.now();
    try {
      if (!(await runner.step())) return 'idle';
      options.onRound?.((performance.now() - started) / 1000);
      return 'worked';
    } catch (error) {
      const fatal = error instanceof TesseraError && FATAL.has(error.code);
      onError(error, !fatal);
      if (fatal) {
        stopped = error;
        return 'stopped';
      }
      // What could not be applied is in the log: the next start finds it there.
      if (stopping) return 'stopped';
      await delay(limits.stageRetryMs);
      return 'worked';
    }
  }

  async function run(): Promise<void> {
    for (;;) {
      if (paused()) {
        if (stopping) return;
        await delay(limits.stageRetryMs);
        continue;
      }
      const result = await round();
      if (result === 'stopped') return;
      if (result === 'idle') {
        if (stopping) return;
        await grown();
      }
    }
  }

  return {
    start() {
      if (running !== undefined) return;
      unsubscribe = log.subscribe(() => wake?.());
      running = run();
    },
    async stop() {
      stopping = true;
      wake?.();
      await running;
      unsubscribe?.();
    },
    get stopped() {
      return stopped;
    },
  };
}
