import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';

const BLOCK_BYTES = 1024 * 1024;
const NONE = -1;

/**
 * Rows by key, in memory, in the order in which the keys first appeared. Only the bytes of the rows are kept,
 * packed into blocks, and four numbers per row; a group's rows are a linked list through `#next`. So it costs
 * little more than the file, where parsed rows would cost several times as much.
 */
export class RowGroups {
  bytes = 0;
  readonly keys: string[] = [];
  readonly #index = new Map<string, number>();
  readonly #blocks: Buffer[] = [];
  #used = BLOCK_BYTES;
  readonly #heads: number[] = [];
  readonly #tails: number[] = [];
  readonly #sizes: number[] = [];
  readonly #block: number[] = [];
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  readonly #line: number[] = [];
  readonly #next: number[] = [];

  add(key: string, bytes: Buffer, line: number): void {
    const group = this.#groupOf(key);
    this.#sizes[group] = this.#sizes[group]! + 1;
    // One row beyond the limit is kept: it makes the group refused, wherever its rows are moved to.
    if (this.#sizes[group]! > limits.importGroupLinesMax + 1) return;
    const row = this.#store(bytes, line);
    const tail = this.#tails[group]!;
    if (tail === NONE) this.#heads[group] = row;
    else this.#next[tail] = row;
    this.#tails[group] = row;
  }

  /** Whether the group has more rows than one event may be made of. */
  oversized(group: number): boolean {
    return this.#sizes[group]! > limits.importGroupLinesMax;
  }

  /** Rows of a group in the order of the file: `for (row = first(g); row >= 0; row = next(row))`. */
  first(group: number): number {
    return this.#heads[group]!;
  }

  next(row: number): number {
    return this.#next[row]!;
  }

  rowBytes(row: number): Buffer {
    return this.#blocks[this.#block[row]!]!.subarray(this.#start[row], this.#end[row]);
  }

  rowLine(row: number): number {
    return this.#line[row]!;
  }

  #groupOf(key: string): number {
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    const group = this.keys.length;
    if (group >= limits.importGroupsMax) {
      throw new TesseraError(
        'import_failed',
        `More than ${limits.importGroupsMax} groups at once; split the file.`,
      );
    }
    this.#index.set(key, group);
    this.keys.push(key);
    this.#heads.push(NONE);
    this.#tails.push(NONE);
    this.#sizes.push(0);
    return group;
  }

  #store(bytes: Buffer, line: number): number {
    if (this.#used + bytes.length > (this.#blocks.at(-1)?.length ?? 0)) {
      this.#blocks.push(Buffer.allocUnsafe(Math.max(BLOCK_BYTES, bytes.length)));
      this.#used = 0;
    }
    bytes.copy(this.#blocks.at(-1)!, this.#used);
    this.#block.push(this.#blocks.length - 1);
    this.#start.push(this.#used);
    this.#used += bytes.length;
    this.bytes += bytes.length;
    this.#end.push(this.#used);
    this.#next.push(NONE);
    return this.#line.push(line) - 1;
  }
}
