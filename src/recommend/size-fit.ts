import type { CatalogItem, CatalogVariant } from '../model/catalog.ts';
import type { KnownItem } from './person-view.ts';
import type { SizeReader } from './read-sizes.ts';

/** `fits`: its size is one of those that are known to fit; `unknown`: nothing is known; `misfits`: it is none of them. */
export type VariantFit = 'fits' | 'unknown' | 'misfits';

/** Two kept items of a group say which sizes fit: those that come up at least half as often as the most frequent one. */
const KEPT_MIN = 2;
const KEPT_SHARE = 0.5;

/**
 * Which sizes fit somebody. An L in shirts says nothing of shoes, nor of what is bought for a child: what was bought and kept
 * counts per size system, group of categories and wearer. A size that was stated says so for its whole system, before all
 * that is inferred. Where nothing is known, everything fits.
 */
export class SizeFit {
  readonly #reader: SizeReader;
  readonly #stated = new Map<string, Set<string>>();
  readonly #kept = new Map<string, Map<string, number>>();
  readonly #fitting = new Map<string, ReadonlySet<string> | undefined>();

  /** `stated` are sizes as somebody wrote them. */
  constructor(known: Iterable<KnownItem>, stated: readonly string[], reader: SizeReader) {
    this.#reader = reader;
    for (const text of stated) {
      const size = reader.size(text);
      if (size !== undefined) addTo(this.#stated, size.system, size.size);
    }
    for (const each of known) this.#keep(each);
  }

  of(item: CatalogItem, variant: Pick<CatalogVariant, 'size'>): VariantFit {
    if (this.#stated.size === 0 && this.#kept.size === 0) return 'unknown';
    const size = this.#reader.size(variant.size);
    if (size === undefined) return 'unknown';
    const sizes = this.#stated.get(size.system) ?? this.#fittingIn(this.#groupOf(item.category, size.system));
    if (sizes === undefined) return 'unknown';
    return sizes.has(size.size) ? 'fits' : 'misfits';
  }

  #keep(known: KnownItem): void {
    if (known.ownedAt === undefined) return;
    const size = this.#reader.size(keptSize(known));
    if (size === undefined) return;
    const group = this.#groupOf(known.item?.category ?? known.facts.category, size.system);
    const counts = this.#kept.get(group) ?? new Map<string, number>();
    this.#kept.set(group, counts.set(size.size, (counts.get(size.size) ?? 0) + 1));
  }

  #groupOf(category: string | undefined, system: string): string {
    return `${system}\u0000${this.#reader.group(category)}`;
  }

  #fittingIn(group: string): ReadonlySet<string> | undefined {
    if (!this.#fitting.has(group)) this.#fitting.set(group, fitting(this.#kept.get(group)));
    return this.#fitting.get(group);
  }
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  sets.set(key, (sets.get(key) ?? new Set()).add(value));
}

/** The catalog knows better than the event what size a variant has. */
function keptSize({ item, facts }: KnownItem): string | undefined {
  const { ordered } = facts.deeds;
  const variant = item?.variants?.find(({ variant_id }) => variant_id === ordered?.variant);
  return variant?.size ?? ordered?.size;
}

function fitting(counts: ReadonlyMap<string, number> | undefined): ReadonlySet<string> | undefined {
  if (counts === undefined) return undefined;
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (all < KEPT_MIN) return undefined;
  const most = Math.max(...counts.values());
  return new Set([...counts].filter(([, count]) => count >= most * KEPT_SHARE).map(([size]) => size));
}
