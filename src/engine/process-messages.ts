import type { Config } from '../config.ts';
import type { Readiness } from '../serve/services.ts';

/** What a process of a node is told before it does anything. */
export interface StartOrder {
  readonly process: number;
  /** As this one is to run: nothing is read from flags, environment or files again. */
  readonly config: Config;
  /** Where the process that keeps history answers the others. */
  readonly historyUrl: string | undefined;
}

/** What a process that takes connections says about itself. */
export interface ReadyReport {
  readonly address: string;
  readonly writeKey: string;
  readonly secretKey: string;
  readonly historyUrl: string | undefined;
}

/** What one process may ask all of them, and what each answers. */
export interface Answers {
  readonly metrics: string;
  readonly readiness: Readiness;
}

export type Topic = keyof Answers;

/** Undefined where a process was not there to answer. */
export type Answer = Answers[Topic] | undefined;

export interface ProcessAnswer {
  readonly process: number;
  /** Times that it had to be started again. */
  readonly restarts: number;
  readonly answer: Answer;
}

/** From the supervisor to a process. Both run the same program: what comes is what was sent. */
export type Order =
  | { readonly kind: 'start'; readonly order: StartOrder }
  | { readonly kind: 'stop' }
  | { readonly kind: 'question'; readonly id: number; readonly topic: Topic }
  | { readonly kind: 'answers'; readonly id: number; readonly answers: readonly ProcessAnswer[] };

/** From a process to the supervisor. */
export type Report =
  /** It listens: what is sent to a process before that is lost. */
  | { readonly kind: 'present' }
  | { readonly kind: 'ready'; readonly ready: ReadyReport }
  | { readonly kind: 'question'; readonly id: number; readonly topic: Topic }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer };
