import type { AcceptedItem } from '../ingest/admit.ts';
import { limits } from '../limits.ts';
import { isJsonObject } from '../model/json.ts';
import type { Firing } from '../model/trigger.ts';
import type { FiringHub } from './stream-service.ts';

const CHOOSING = 'choosing';

/** What the payload says of its items: `choosing`, then what came of it; undefined where it has none. */
function itemsStatus({ payload }: Firing): unknown {
  return isJsonObject(payload.recommendation) ? payload.recommendation.status : undefined;
}

/**
 * Lets the answer to an event have the items of what it has fired. They come by a record of their own shortly after the
 * decision; whoever asks for a firing that has come meanwhile is answered at once. The wait is bounded, and in vain where a
 * coupon or a store that is away holds the firing up: the answer then says that items are being chosen.
 */
export class AwaitedItems {
  /** Firings that came with their items, the newest last. */
  readonly #recent = new Map<string, Firing>();
  readonly #waiting = new Map<string, Set<(firing: Firing | undefined) => void>>();

  constructor(hub: Pick<FiringHub, 'subscribe'>) {
    hub.subscribe((firing) => {
      const status = itemsStatus(firing);
      if (status !== undefined && status !== CHOOSING) this.#take(firing);
    });
  }

  /** The same events, their firings as far as they are known by then. */
  async complete(accepted: readonly AcceptedItem[]): Promise<readonly AcceptedItem[]> {
    const choosing = accepted.flatMap(
      ({ outcome }) => outcome?.firings.filter((each) => itemsStatus(each) === CHOOSING) ?? [],
    );
    if (choosing.length === 0) return accepted;
    const completed = new Map<string, Firing>();
    await Promise.all(
      choosing.map(async ({ id }) => {
        const firing = await this.#of(id);
        if (firing !== undefined) completed.set(id, firing);
      }),
    );
    return accepted.map((item) => {
      const { outcome } = item;
      if (outcome === undefined) return item;
      return {
        ...item,
        outcome: { ...outcome, firings: outcome.firings.map((each) => completed.get(each.id) ?? each) },
      };
    });
  }

  #take(firing: Firing): void {
    const { id } = firing;
    this.#recent.set(id, firing);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > limits.itemsAnsweredMax && oldest !== undefined) this.#recent.delete(oldest);
    for (const answer of this.#waiting.get(id) ?? []) answer(firing);
  }

  #of(id: string): Promise<Firing | undefined> {
    const known = this.#recent.get(id);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      const answer = (firing: Firing | undefined): void => {
        clearTimeout(timer);
        waiting.delete(answer);
        if (waiting.size === 0) this.#waiting.delete(id);
        resolve(firing);
      };
      const timer = setTimeout(() => answer(undefined), limits.itemsAnswerMs);
      waiting.add(answer);
      this.#waiting.set(id, waiting);
    });
  }
}
