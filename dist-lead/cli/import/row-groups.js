import { TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
const BLOCK_BYTES = 1024 * 1024;
const NONE = -1;
/**
 * Rows by key, in memory, in the order in which the keys first appeared. Only the bytes of the rows are kept,
 * packed into blocks, and four numbers per row; a group's rows are a linked list through `#next`. So it costs
 * little more than the file, where parsed rows would cost several times as much.
 */
export class RowGroups {
    bytes = 0;
    keys = [];
    #index = new Map();
    #blocks = [];
    #used = BLOCK_BYTES;
    #heads = [];
    #tails = [];
    #sizes = [];
    #block = [];
    #start = [];
    #end = [];
    #line = [];
    #next = [];
    add(key, bytes, line) {
        const group = this.#groupOf(key);
        this.#sizes[group] = this.#sizes[group] + 1;
        // One row beyond the limit is kept: it makes the group refused, wherever its rows are moved to.
        if (this.#sizes[group] > limits.importGroupLinesMax + 1)
            return;
        const row = this.#store(bytes, line);
        const tail = this.#tails[group];
        if (tail === NONE)
            this.#heads[group] = row;
        else
            this.#next[tail] = row;
        this.#tails[group] = row;
    }
    /** Whether the group has more rows than one event may be made of. */
    oversized(group) {
        return this.#sizes[group] > limits.importGroupLinesMax;
    }
    /** Rows of a group in the order of the file: `for (row = first(g); row >= 0; row = next(row))`. */
    first(group) {
        return this.#heads[group];
    }
    next(row) {
        return this.#next[row];
    }
    rowBytes(row) {
        return this.#blocks[this.#block[row]].subarray(this.#start[row], this.#end[row]);
    }
    rowLine(row) {
        return this.#line[row];
    }
    #groupOf(key) {
        const known = this.#index.get(key);
        if (known !== undefined)
            return known;
        const group = this.keys.length;
        if (group >= limits.importGroupsMax) {
            throw new TesseraError('import_failed', `More than ${limits.importGroupsMax} groups at once; split the file.`);
        }
        this.#index.set(key, group);
        this.keys.push(key);
        this.#heads.push(NONE);
        this.#tails.push(NONE);
        this.#sizes.push(0);
        return group;
    }
    #store(bytes, line) {
        if (this.#used + bytes.length > (this.#blocks.at(-1)?.length ?? 0)) {
            this.#blocks.push(Buffer.allocUnsafe(Math.max(BLOCK_BYTES, bytes.length)));
            this.#used = 0;
        }
        bytes.copy(this.#blocks.at(-1), this.#used);
        this.#block.push(this.#blocks.length - 1);
        this.#start.push(this.#used);
        this.#used += bytes.length;
        this.bytes += bytes.length;
        this.#end.push(this.#used);
        this.#next.push(NONE);
        return this.#line.push(line) - 1;
    }
}
//# sourceMappingURL=row-groups.js.map