/** One after the other for each name, all names side by side. */
export class TakeTurns {
  readonly #last = new Map<string, Promise<void>>();

  async take(name: string, action: () => Promise<void>): Promise<void> {
    const before = this.#last.get(name);
    const turn = before === undefined ? action() : before.then(action, action);
    this.#last.set(name, turn);
    try {
      await turn;
    } finally {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    }
  }
}
