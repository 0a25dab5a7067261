import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Logger } from '../serve/logger.ts';
import type {
  Answer,
  Order,
  ProcessAnswer,
  ReadyReport,
  Report,
  StartOrder,
  Topic,
} from './process-messages.ts';

/** A process that was started, as far as whoever looks after it is concerned. */
export interface Child {
  readonly pid: number;
  send(order: Order): void;
  kill(): void;
}

/** What becomes of a child; told from a later turn of the event loop than the start on. */
export interface ChildListener {
  report(report: Report): void;
  ended(how: string, ok: boolean): void;
}

export interface SupervisorOptions {
  readonly processes: number;
  readonly start: (listener: ChildListener) => Child;
  /** `first`: what the first process said when it was ready for the first time. */
  readonly orderFor: (process: number, first: ReadyReport | undefined) => StartOrder;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly timing?: SupervisorTiming;
}

export interface SupervisorTiming {
  readonly restartMs: number;
  readonly restartMsMax: number;
  readonly steadyMs: number;
  readonly answerMs: number;
  readonly stopMs: number;
}

const TIMING: SupervisorTiming = {
  restartMs: limits.processRestartMs,
  restartMsMax: limits.processRestartMsMax,
  steadyMs: limits.processSteadyMs,
  answerMs: limits.processAnswerMs,
  // What a process does not end by itself within its own time is ended here.
  stopMs: limits.processStopMs + limits.processAnswerMs,
};

interface Seat {
  readonly process: number;
  child: Child | undefined;
  /** When it was ready, by `performance.now()`; undefined before, and after its end. */
  readyAt: number | undefined;
  restarts: number;
  /** Ends in a row of processes that did not last. */
  failures: number;
  ended: Promise<void>;
}

interface Question {
  readonly answers: Map<number, Answer>;
  readonly awaited: Set<number>;
  readonly finish: () => void;
}

/**
 * Looks after the processes of a node, and does nothing else: what it does not do cannot bring it down. It starts them,
 * starts anew whichever ends, passes on what one asks all of them, and has all end in order.
 *
 * The first one comes alone: it may found the deployment, and it has what the others need to know. At the start of the
 * node a process that cannot begin ends the node, because whoever started it is there to see why; later it is tried
 * again and again, ever more seldom, while the others work.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #timing: SupervisorTiming;
  readonly #seats: readonly Seat[];
  readonly #questions = new Map<number, Question>();
  #asked = 0;
  #first: ReadyReport | undefined;
  #failed = false;
  #stopping: Promise<void> | undefined;
  readonly #leaving = new AbortController();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#timing = options.timing ?? TIMING;
    this.#seats = Array.from({ length: options.processes }, (_, n) => ({
      process: n + 1,
      child: undefined,
      readyAt: undefined,
      restarts: 0,
      failures: 0,
      ended: Promise.resolve(),
    }));
  }

  /** Resolves once all take connections. Fails with `process_ended`, and then none is left. */
  async start(): Promise<ReadyReport> {
    const [first, ...others] = this.#seats as readonly [Seat, ...Seat[]];
    try {
      this.#first = await this.#launch(first);
      await Promise.all(others.map((seat) => this.#launch(seat)));
      return this.#first;
    } catch (error) {
      await this.stop().catch((failure: unknown) =>
        this.#options.logger.error({ failure }, 'a process did not end'),
      );
      throw error;
    }
  }

  /** Has all finish what they do; fails with `process_ended` where one did not come to its end by itself. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#endAll();
    return this.#stopping;
  }

  async #endAll(): Promise<void> {
    this.#leaving.abort();
    const seats = this.#seats.filter(({ child }) => child !== undefined);
    for (const { child } of seats) child?.send({ kind: 'stop' });
    const late = setTimeout(() => {
      this.#failed = true;
      for (const { child } of seats) child?.kill();
    }, this.#timing.stopMs);
    await Promise.all(seats.map(({ ended }) => ended));
    clearTimeout(late);
    if (this.#failed) throw new TesseraError('process_ended', 'a process did not end in order');
  }

  /** Resolves when the process is ready; keeps it going from then on. */
  #launch(seat: Seat): Promise<ReadyReport> {
    const { start, orderFor, logger } = this.#options;
    return new Promise((resolve, reject) => {
      seat.ended = new Promise((ended) => {
        const child = start({
          report: (report) => {
            if (report.kind === 'present') {
              child.send({ kind: 'start', order: orderFor(seat.process, this.#first) });
            } else if (report.kind === 'ready') {
              seat.readyAt = performance.now();
              logger.info({ process: seat.process, pid: child.pid }, 'a process takes connections');
              resolve(report.ready);
            } else this.#hear(seat, report);
          },
          ended: (how, ok) => {
            ended();
            this.#ended(seat, { how, ok, pid: child.pid });
            reject(new TesseraError('process_ended', `process ${seat.process} ${how} before it was ready`));
          },
        });
        seat.child = child;
      });
    });
  }

  #ended(seat: Seat, { how, ok, pid }: { how: string; ok: boolean; pid: number }): void {
    const { readyAt } = seat;
    seat.child = undefined;
    seat.readyAt = undefined;
    this.#withdraw(seat.process);
    if (this.#stopping !== undefined) {
      if (!ok) this.#failed = true;
      return;
    }
    const lasted = readyAt !== undefined && performance.now() - readyAt >= this.#timing.steadyMs;
    seat.failures = lasted ? 0 : seat.failures + 1;
    // Before it was ready for the first time its end is that of the start.
    if (readyAt === undefined && seat.restarts === 0) return;
    const pauseMs = pauseAfter(seat.failures, this.#timing);
    const { process } = seat;
    this.#options.logger.error({ process, pid, how, pauseMs }, 'a process ended; it is started again');
    void this.#restart(seat, pauseMs);
  }

  async #restart(seat: Seat, pauseMs: number): Promise<void> {
    const { signal } = this.#leaving;
    const waited = await sleep(pauseMs, true, { signal }).catch(() => false);
    if (!waited || this.#stopping !== undefined) return;
    seat.restarts += 1;
    // One that ends before it is ready is started again by its end.
    await this.#launch(seat).catch(() => undefined);
  }

  #hear(seat: Seat, report: Extract<Report, { readonly id: number }>): void {
    if (report.kind === 'question') {
      void this.#askAll(seat, report);
      return;
    }
    const question = this.#questions.get(report.id);
    if (question?.awaited.delete(seat.process) !== true) return;
    question.answers.set(seat.process, report.answer);
    if (question.awaited.size === 0) question.finish();
  }

  async #askAll(asker: Seat, { id, topic }: { readonly id: number; readonly topic: Topic }): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const ready = this.#seats.filter(({ readyAt }) => readyAt !== undefined);
    const answers = new Map<number, Answer>();
    await new Promise<void>((finish) => {
      const late = setTimeout(finish, this.#timing.answerMs);
      const finishNow = (): void => {
        clearTimeout(late);
        finish();
      };
      this.#questions.set(asked, {
        answers,
        awaited: new Set(ready.map(({ process }) => process)),
        finish: finishNow,
      });
      if (ready.length === 0) finishNow();
      for (const { child } of ready) child?.send({ kind: 'question', id: asked, topic });
    });
    this.#questions.delete(asked);
    const told = this.#seats.map(
      ({ process, restarts }): ProcessAnswer => ({
        process,
        restarts,
        answer: answers.get(process),
      }),
    );
    asker.child?.send({ kind: 'answers', id, answers: told });
  }

  /** Nobody waits for a process that has ended. */
  #withdraw(process: number): void {
    for (const { awaited, finish } of this.#questions.values()) {
      if (awaited.delete(process) && awaited.size === 0) finish();
    }
  }
}

function pauseAfter(failures: number, { restartMs, restartMsMax }: SupervisorTiming): number {
  return Math.min(restartMsMax, restartMs * 2 ** Math.max(0, failures - 1));
}
