import { TesseraError } from "../../errors.js";
export function createMemoryStateStore() {
    return new MapStateStore(new Map());
}
class MapStateStore {
    #partitions;
    #fault;
    #closed = false;
    constructor(partitions) {
        this.#partitions = partitions;
    }
    checkpoint(partition) {
        return this.#partition(partition).checkpoint;
    }
    read(partition, keys) {
        const { entries } = this.#partition(partition);
        return keys.map((key) => copyOf(entries.get(key)));
    }
    load(partition, expected, keys) {
        const version = this.#partition(partition).checkpoint?.version ?? 0;
        return version === expected ? this.read(partition, keys) : 'conflict';
    }
    async commit(name, commit) {
        const fault = this.#fault;
        this.#fault = undefined;
        if (this.#closed)
            throw new TesseraError('state_unavailable', 'the store is closed');
        if (fault === 'before')
            throw new TesseraError('state_unavailable', 'the commit was told to fail');
        const partition = this.#partition(name);
        if ((partition.checkpoint?.version ?? 0) !== commit.expected)
            return 'conflict';
        apply(partition, commit);
        if (fault === 'after')
            throw new TesseraError('state_unavailable', 'the answer was told to get lost');
        return 'committed';
    }
    scan(name, prefix, after, max) {
        const partition = this.#partition(name);
        partition.sorted ??= [...partition.entries.keys()].sort();
        const found = [];
        for (const key of partition.sorted) {
            if (found.length >= max)
                break;
            const value = partition.entries.get(key);
            if (value !== undefined && key > after && key.startsWith(prefix))
                found.push([key, new Uint8Array(value)]);
        }
        return found;
    }
    async flushed() {
        if (this.#closed)
            throw new TesseraError('state_unavailable', 'the store is closed');
    }
    readSpool(name, after, maxBytes) {
        const { spool } = this.#partition(name);
        const found = [];
        let total = 0;
        for (const n of [...spool.keys()].sort((a, b) => a - b)) {
            const bytes = spool.get(n);
            if (bytes === undefined || n <= after)
                continue;
            total += bytes.byteLength;
            if (found.length > 0 && total > maxBytes)
                break;
            found.push({ n, bytes: new Uint8Array(bytes) });
        }
        return found;
    }
    cursor(partition) {
        return this.#partition(partition).cursor;
    }
    async saveCursor(partition, cursor) {
        this.#partition(partition).cursor = cursor;
    }
    async trimSpool(partition, n) {
        const { spool } = this.#partition(partition);
        for (const key of [...spool.keys()])
            if (key <= n)
                spool.delete(key);
    }
    async close() {
        this.#closed = true;
    }
    snapshot(name) {
        const { entries, spool, checkpoint, cursor } = this.#partition(name);
        return { entries: new Map(entries), spool: new Map(spool), checkpoint, cursor };
    }
    rollback(name, { entries, spool, checkpoint, cursor }) {
        const restored = {
            entries: new Map(entries),
            spool: new Map(spool),
            checkpoint,
            cursor,
            sorted: undefined,
        };
        this.#partitions.set(name, restored);
    }
    failNextCommit(when) {
        this.#fault = when;
    }
    reopen() {
        return new MapStateStore(this.#partitions);
    }
    #partition(name) {
        let partition = this.#partitions.get(name);
        if (partition === undefined) {
            partition = {
                entries: new Map(),
                spool: new Map(),
                checkpoint: undefined,
                cursor: undefined,
                sorted: undefined,
            };
            this.#partitions.set(name, partition);
        }
        return partition;
    }
}
function apply(partition, commit) {
    for (const [key, bytes] of commit.entries) {
        if (bytes === null)
            partition.entries.delete(key);
        else
            partition.entries.set(key, new Uint8Array(bytes));
    }
    partition.sorted = undefined;
    if (commit.spool !== undefined)
        partition.spool.set(commit.next.spooled, new Uint8Array(commit.spool));
    partition.checkpoint = commit.next;
}
/** `slice` of a Buffer would be a view. */
function copyOf(bytes) {
    return bytes === undefined ? undefined : new Uint8Array(bytes);
}
//# sourceMappingURL=state-store.js.map