/** Disjoint sets of numbers, which appear when they are first named. Path halving, union by size. */
export class UnionFind {
  readonly #parents: number[] = [];
  readonly #sizes: number[] = [];

  find(member: number): number {
    for (let n = this.#parents.length; n <= member; n++) {
      this.#parents.push(n);
      this.#sizes.push(1);
    }
    let at = member;
    for (;;) {
      const parent = this.#parents[at] ?? at;
      if (parent === at) return at;
      const above = this.#parents[parent] ?? parent;
      this.#parents[at] = above;
      at = above;
    }
  }

  join(a: number, b: number): void {
    const first = this.find(a);
    const second = this.find(b);
    if (first === second) return;
    const [large, small] =
      (this.#sizes[first] ?? 1) >= (this.#sizes[second] ?? 1) ? [first, second] : [second, first];
    this.#parents[small] = large;
    this.#sizes[large] = (this.#sizes[large] ?? 1) + (this.#sizes[small] ?? 1);
  }
}
