import { ITEM_NUMBERS } from './session-parameters.ts';

/** Numbers for item ids: dense, and used again once an item is forgotten. */
export class ItemNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #free: number[] = [];

  /** Items that are known. */
  get size(): number {
    return this.#numbers.size;
  }

  /** One more than the largest number that was ever given. */
  get bound(): number {
    return this.#names.length;
  }

  find(item: string): number | undefined {
    return this.#numbers.get(item);
  }

  nameOf(number: number): string {
    return this.#names[number] ?? '';
  }

  add(item: string): number {
    const number = this.#free.pop() ?? this.#names.length;
    this.#names[number] = item;
    this.#numbers.set(item, number);
    return number;
  }

  forget(number: number): void {
    this.#numbers.delete(this.nameOf(number));
    this.#names[number] = '';
    this.#free.push(number);
  }

  /** What a snapshot keeps. */
  write(): { readonly names: readonly string[]; readonly free: readonly number[] } {
    return { names: [...this.#names], free: [...this.#free] };
  }

  /** Takes what `write` gave; this must be empty. */
  read({ names, free }: { readonly names: readonly string[]; readonly free: readonly number[] }): void {
    const unused = new Set(free);
    for (const [number, name] of names.entries()) {
      this.#names.push(name);
      if (!unused.has(number)) this.#numbers.set(name, number);
    }
    for (const number of free) this.#free.push(number);
  }
}

/** What a cell of a session holds: an item's number and, in the high byte, its weight in eighths. */
export function packCell(item: number, weight: number): number {
  const eighths = Math.min(255, Math.max(1, Math.round(weight * 8)));
  return ((eighths << 24) | item) >>> 0;
}

export function itemIn(cell: number): number {
  return cell & ITEM_NUMBERS;
}
