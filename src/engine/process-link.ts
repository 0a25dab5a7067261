import { limits } from '../limits.ts';
import type { Readiness } from '../serve/services.ts';
import { mergeMetrics, mergeReadiness, type SharedPort } from '../serve/shared-port.ts';
import type {
  Answers,
  Order,
  ProcessAnswer,
  ReadyReport,
  Report,
  StartOrder,
  Topic,
} from './process-messages.ts';

/** The line to the supervisor. */
export interface Line {
  send(report: Report): void;
  listen(listener: (order: Order) => void): void;
}

/** What a process answers the others. */
export interface ProcessView {
  metrics(): Promise<string>;
  readiness(): Readiness;
}

/** One process of several on a port: its orders, and what it asks the others and tells them. */
export class ProcessLink {
  readonly #line: Line;
  readonly order: Promise<StartOrder>;
  #view: ProcessView | undefined;
  #onStop: () => void;
  #asked = 0;
  readonly #asking = new Map<number, (answers: readonly ProcessAnswer[]) => void>();
  /** One question of a kind at a time: who asks meanwhile gets its answer as well. */
  readonly #underWay = new Map<Topic, Promise<readonly ProcessAnswer[]>>();

  /** `onStop` counts until the engine stands: what is under way then is what a crash would interrupt. */
  constructor(line: Line, onStop: () => void) {
    this.#line = line;
    this.#onStop = onStop;
    this.order = new Promise((resolve) => line.listen((order) => this.#hear(order, resolve)));
    line.send({ kind: 'present' });
  }

  get shared(): SharedPort {
    return {
      metrics: async () => mergeMetrics([textsOf(await this.#ask('metrics')).join('\n')]),
      readiness: async () =>
        mergeReadiness(
          (await this.#ask('readiness')).map(({ process, answer }) => ({
            process,
            // The topic says which of the two an answer is.
            readiness: answer as Answers['readiness'] | undefined,
          })),
        ),
    };
  }

  /** From here on the others hear of this one, and it takes its end in order. */
  ready(report: ReadyReport, view: ProcessView, onStop: () => void): void {
    this.#view = view;
    this.#onStop = onStop;
    this.#line.send({ kind: 'ready', ready: report });
  }

  #ask(topic: Topic): Promise<readonly ProcessAnswer[]> {
    const known = this.#underWay.get(topic);
    if (known !== undefined) return known;
    this.#asked += 1;
    const id = this.#asked;
    const asking = new Promise<readonly ProcessAnswer[]>((resolve) => {
      // A supervisor that stands still must not hold up whoever asks how this node is doing.
      const late = setTimeout(() => settle([]), limits.processAnswerMs * 2);
      const settle = (answers: readonly ProcessAnswer[]): void => {
        clearTimeout(late);
        this.#asking.delete(id);
        this.#underWay.delete(topic);
        resolve(answers);
      };
      this.#asking.set(id, settle);
      this.#line.send({ kind: 'question', id, topic });
    });
    this.#underWay.set(topic, asking);
    return asking;
  }

  #hear(message: Order, started: (order: StartOrder) => void): void {
    switch (message.kind) {
      case 'start':
        started(message.order);
        break;
      case 'stop':
        this.#onStop();
        break;
      case 'question':
        void this.#answer(message.id, message.topic);
        break;
      case 'answers':
        this.#asking.get(message.id)?.(message.answers);
    }
  }

  async #answer(id: number, topic: Topic): Promise<void> {
    const answer = topic === 'metrics' ? await this.#view?.metrics() : this.#view?.readiness();
    this.#line.send({ kind: 'answer', id, answer });
  }
}

/** What each says of itself, and what only the supervisor knows of them. */
function textsOf(answers: readonly ProcessAnswer[]): readonly string[] {
  const series = (name: string, of: (one: ProcessAnswer) => number): readonly string[] =>
    answers.map((one) => `${name}{process="${one.process}"} ${of(one)}`);
  return [
    '# HELP tessera_process_up Whether a process of this node answered this scrape.',
    '# TYPE tessera_process_up gauge',
    ...series('tessera_process_up', ({ answer }) => (answer === undefined ? 0 : 1)),
    '# HELP tessera_process_restarts_total Times that a process of this node was started again.',
    '# TYPE tessera_process_restarts_total counter',
    ...series('tessera_process_restarts_total', ({ restarts }) => restarts),
    ...answers.map(({ answer }) => (typeof answer === 'string' ? answer : '')),
  ];
}
