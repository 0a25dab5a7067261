import { limits } from '../limits.ts';
import type { ServedAnswer } from '../model/served-answer.ts';
import type { Log } from '../ports/log.ts';
import { encodeRecord } from '../runner/codec.ts';
import { RepeatedLook } from './repeated-look.ts';

export interface ServedRecommendationsOptions {
  /** Of the partition whose rows they become. */
  readonly log: Pick<Log, 'append'>;
  readonly onError: (error: unknown) => void;
}

/**
 * Brings answers to history by way of a log: they are gathered, and appended once a second, so that reading costs the log
 * next to nothing. What is in the log becomes a row exactly once. What does not fit into a second, or what a log refuses or
 * a crash takes before it is there, is no row: a count of answers is not worth making a reader wait.
 */
export class ServedRecommendations {
  readonly #options: ServedRecommendationsOptions;
  readonly #looking: RepeatedLook;
  #waiting: ServedAnswer[] = [];
  #dropped = 0;
  #kept = 0;

  constructor(options: ServedRecommendationsOptions) {
    this.#options = options;
    const { onError } = options;
    this.#looking = new RepeatedLook({ everyMs: limits.servedEveryMs, look: () => this.flush(), onError });
  }

  /** How many answers the log has taken, and how many were left out. */
  get counts(): { readonly kept: number; readonly dropped: number } {
    return { kept: this.#kept, dropped: this.#dropped };
  }

  start(): void {
    this.#looking.start();
  }

  /** What was noted by now is in the log afterwards, if the log takes it. */
  async stop(): Promise<void> {
    await this.#looking.stop();
    await this.flush().catch(this.#options.onError);
  }

  note(answer: ServedAnswer): void {
    if (this.#waiting.length < limits.servedWaitingMax) this.#waiting.push(answer);
    else this.#dropped++;
  }

  /** Fails as the log does; then what was noted is dropped, because it may be there all the same. */
  async flush(): Promise<void> {
    const answers = this.#waiting;
    if (answers.length === 0) return;
    this.#waiting = [];
    const records: Uint8Array[] = [];
    for (let from = 0; from < answers.length; from += limits.servedPerRecord) {
      const part = answers.slice(from, from + limits.servedPerRecord).map(shortened);
      records.push(encodeRecord({ kind: 'served', answers: part }));
    }
    try {
      await this.#options.log.append(records);
      this.#kept += answers.length;
    } catch (error) {
      this.#dropped += answers.length;
      throw error;
    }
  }
}

/** Names, reasons and scores stay with whoever asked. */
function shortened({ items, ...answer }: ServedAnswer): ServedAnswer {
  return { ...answer, items: items.map(({ item_id, strategy }) => ({ item_id, strategy })) };
}
