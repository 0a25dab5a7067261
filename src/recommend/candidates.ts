import type { CatalogItem } from '../model/catalog.ts';
import type { BlendedStrategy } from '../model/placement.ts';

/** What a strategy says of an item. */
export interface Scored {
  readonly item: string;
  readonly score: number;
  /** The item that it comes from, or what a strategy has to tell its reason by. */
  readonly because?: string;
  /** What the catalog says of it, where the strategy has it at hand. */
  readonly goods?: CatalogItem | undefined;
}

export interface Contribution {
  readonly strategy: BlendedStrategy;
  /** Weight of the placement × score over the best score of the list. */
  readonly share: number;
  readonly because: string | undefined;
}

/** An item under the name that strategies know it by: the catalog is asked about those that are about to be offered. */
export interface Candidate {
  readonly name: string;
  goods: CatalogItem | undefined;
  readonly parts: Contribution[];
  score: number;
}

/** What is up for being offered, with what every strategy says of it. */
export class Candidates {
  readonly #byName = new Map<string, Candidate>();

  get size(): number {
    return this.#byName.size;
  }

  find(name: string): Candidate | undefined {
    return this.#byName.get(name);
  }

  all(): Iterable<Candidate> {
    return this.#byName.values();
  }

  /** A list in any order, each item once: the best counts the whole weight, the others their share of it. */
  add(strategy: BlendedStrategy, weight: number, list: readonly Scored[]): void {
    let best = 0;
    for (const { score } of list) if (score > best) best = score;
    if (best === 0) return;
    for (const { item, score, because, goods } of list) {
      const share = (weight * score) / best;
      if (share <= 0) continue;
      let candidate = this.#byName.get(item);
      if (candidate === undefined) {
        candidate = { name: item, goods, parts: [], score: 0 };
        this.#byName.set(item, candidate);
      }
      candidate.goods ??= goods;
      candidate.parts.push({ strategy, share, because });
      candidate.score += share;
    }
  }
}
