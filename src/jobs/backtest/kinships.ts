import type { PastMove, PastPlace } from './past-people.ts';

/** Who belongs together, as rows of history say it one after the other. */
export class Kinships {
  /** Whom a profile was merged into. */
  readonly merged = new Map<string, string>();
  readonly #parents = new Map<string, string>();
  /** Somebody who has had the facet. */
  readonly #owners = new Map<string, string>();
  readonly #moves = new Map<string, PastMove & { readonly facets: string[] }>();
  #fresh: string[] = [];
  /** Whom a facet came to last. */
  #latest: ReadonlyMap<string, string> | undefined;

  constructor(profiles: readonly string[]) {
    for (const profile of profiles) this.#know(profile);
  }

  /** Profiles of whom nothing was asked yet. */
  takeFresh(): readonly string[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  merge(loser: string, winner: string): void {
    this.merged.set(loser, winner);
    this.#join(loser, winner);
  }

  own(facet: string, profile: string): void {
    const other = this.#owners.get(facet);
    if (other === undefined) this.#owners.set(facet, profile);
    this.#join(profile, other ?? profile);
  }

  /** A row of a move; the rows of one move that reached the same place are one. */
  move(number: string, place: PastPlace & { readonly to: string }, facet: string): void {
    const name = `${number} ${place.to}`;
    const known = this.#moves.get(name);
    if (known === undefined) this.#moves.set(name, { ...place, facets: [facet] });
    else if (!known.facets.includes(facet)) known.facets.push(facet);
  }

  /** In the order of the log. */
  get moves(): readonly PastMove[] {
    return [...this.#moves.values()].sort(byPlace);
  }

  /** Who has the facet today, of which one once had it. */
  ownerNow(facet: string, once: string): string {
    this.#latest ??= new Map(
      this.moves.flatMap(({ facets, to }) => facets.map((each) => [each, to] as const)),
    );
    let owner = this.#latest.get(facet) ?? once;
    for (let next = this.merged.get(owner); next !== undefined; next = this.merged.get(owner)) owner = next;
    return owner;
  }

  /** Everybody who belongs together, by the first of their ids. */
  families(): ReadonlyMap<string, readonly string[]> {
    const byRoot = new Map<string, string[]>();
    for (const profile of [...this.#parents.keys()].sort()) {
      const root = this.#rootOf(profile);
      const members = byRoot.get(root);
      if (members === undefined) byRoot.set(root, [profile]);
      else members.push(profile);
    }
    return new Map([...byRoot.values()].map((members) => [members[0] ?? '', members]));
  }

  #know(profile: string): void {
    if (this.#parents.has(profile)) return;
    this.#parents.set(profile, profile);
    this.#fresh.push(profile);
  }

  #join(one: string, other: string): void {
    this.#know(one);
    this.#know(other);
    const [a, b] = [this.#rootOf(one), this.#rootOf(other)];
    if (a !== b) this.#parents.set(a, b);
  }

  #rootOf(profile: string): string {
    let root = profile;
    for (let parent = this.#parents.get(root); parent !== undefined && parent !== root; )
      [root, parent] = [parent, this.#parents.get(parent)];
    this.#parents.set(profile, root);
    return root;
  }
}

/** What was appended together has its order in the log. */
export function byPlace(a: PastPlace, b: PastPlace): number {
  return (
    a.at - b.at || a.partition - b.partition || a.seq - b.seq || a.index - b.index || a.ordinal - b.ordinal
  );
}
