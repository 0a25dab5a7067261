import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Outcome } from '../model/effect.ts';
import { nameOfMessage, nameOfPlace, type RecordPlace } from '../model/record.ts';
import type { AppliedOutcome } from './record-work.ts';

/**
 * Where requests that wait for their events find out what became of them. The runner may be faster than the
 * request that has just learnt its positions, so outcomes stay on the board from the moment a request
 * announces itself (before it appends) until it has asked. Nobody announced: nothing is kept.
 */
export class OutcomeBoard {
  /** By message. */
  readonly #recent = new Map<string, Map<number, Outcome>>();
  #announced = 0;
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Called after each commit, with outcomes in log order. */
  post(outcomes: readonly AppliedOutcome[]): void {
    for (const applied of outcomes) {
      const { position } = applied;
      if (this.#waiting.size > 0) {
        const key = nameOfPlace(position);
        const resolve = this.#waiting.get(key);
        if (resolve !== undefined) {
          this.#waiting.delete(key);
          resolve(applied.outcome);
          continue;
        }
      }
      if (this.#announced === 0) continue;
      const name = nameOfMessage(position);
      const message = this.#recent.get(name);
      if (message === undefined) this.#recent.set(name, new Map([[position.index, applied.outcome]]));
      else message.set(position.index, applied.outcome);
    }
    for (const name of this.#recent.keys()) {
      if (this.#recent.size <= limits.outcomeMessagesKept) break;
      this.#recent.delete(name);
    }
  }

  /** What was posted of late while somebody had announced themselves. */
  recent(place: RecordPlace): Outcome | undefined {
    return this.#recent.get(nameOfMessage(place))?.get(place.index);
  }

  /** Announces a request that will wait; it must be withdrawn, come what may. */
  announce(): () => void {
    this.#announced++;
    return () => {
      this.#announced--;
      if (this.#announced === 0) this.#recent.clear();
    };
  }

  /** Resolves in the order of the places; fails with `wait_timeout` or `too_many_requests`. */
  async outcomesOf(places: readonly RecordPlace[]): Promise<readonly Outcome[]> {
    if (this.#waiting.size + places.length > limits.waitersMax) throw new TesseraError('too_many_requests');
    const keys: string[] = [];
    const pending = places.map((place) => {
      const posted = this.recent(place);
      if (posted !== undefined) return posted;
      const key = nameOfPlace(place);
      keys.push(key);
      return new Promise<Outcome>((resolve) => this.#waiting.set(key, resolve));
    });
    return await this.#within(Promise.all(pending), keys);
  }

  async #within(outcomes: Promise<Outcome[]>, keys: readonly string[]): Promise<readonly Outcome[]> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new TesseraError('wait_timeout')), limits.waitAppliedMs);
    });
    try {
      return await Promise.race([outcomes, timeout]);
    } finally {
      clearTimeout(timer);
      for (const key of keys) this.#waiting.delete(key);
    }
  }
}
