import { assert, TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
export function openStateStore(environment) {
    return new LmdbStateStore(environment);
}
class LmdbStateStore {
    #environment;
    #entries;
    #checkpoints;
    #spool;
    #cursors;
    constructor(environment) {
        this.#environment = environment;
        this.#entries = environment.database('entries');
        this.#checkpoints = environment.database('checkpoints', { versions: true });
        this.#spool = environment.database('spool');
        this.#cursors = environment.database('cursors');
    }
    checkpoint(partition) {
        const bytes = this.#checkpoints.get(partition);
        return bytes === undefined ? undefined : parse(bytes, isCheckpoint);
    }
    read(partition, keys) {
        const prefix = entryPrefix(partition);
        const values = [];
        for (const key of keys)
            values.push(this.#entries.get(prefix + key));
        return values;
    }
    /** One event turn is one read transaction of LMDB, so the check and the reads see the same moment. */
    load(partition, expected, keys) {
        const version = this.#checkpoints.getEntry(partition)?.version ?? 0;
        return version === expected ? this.read(partition, keys) : 'conflict';
    }
    async commit(partition, commit) {
        checkKeys(commit);
        const condition = { key: partition, version: commit.expected };
        const written = await this.#environment.writeIf(this.#checkpoints, condition, () => {
            this.#put(partition, commit);
        });
        return written ? 'committed' : 'conflict';
    }
    scan(partition, prefix, after, max) {
        const found = [];
        if (max <= 0)
            return found;
        const own = entryPrefix(partition);
        const whole = own + prefix;
        // Nothing is skipped when `after` lies before the prefix, and an empty `after` is before everything.
        const start = after > prefix ? { start: own + after, exclusiveStart: true } : { start: whole };
        for (const { key, value } of this.#entries.getRange({ ...start, limit: max + 1 })) {
            if (key === own + after)
                continue;
            if (found.length === max || !key.startsWith(whole))
                break;
            found.push([key.slice(own.length), value]);
        }
        return found;
    }
    /** Every commit is flushed before it resolves, and writes keep their order: an empty one waits for all. */
    async flushed() {
        await this.#environment.write(() => undefined);
    }
    readSpool(partition, after, maxBytes) {
        const found = [];
        let total = 0;
        const range = { start: [partition, after + 1], end: spoolEnd(partition) };
        for (const { key, value } of this.#spool.getRange(range)) {
            total += value.byteLength;
            if (found.length > 0 && total > maxBytes)
                break;
            found.push({ n: key[1], bytes: value });
        }
        return found;
    }
    cursor(partition) {
        const bytes = this.#cursors.get(partition);
        return bytes === undefined ? undefined : parse(bytes, isCursor);
    }
    async saveCursor(partition, cursor) {
        await this.#environment.write(() => {
            void this.#cursors.put(partition, encode(cursor));
        });
    }
    /** In slices, so that commits get their turn in between. */
    async trimSpool(partition, n) {
        const range = { end: [partition, n + 1], limit: limits.stateTrimSliceEntries };
        for (;;) {
            const keys = [...this.#spool.getKeys({ start: [partition, 0], ...range })];
            if (keys.length === 0)
                return;
            await this.#environment.write(() => {
                for (const key of keys)
                    void this.#spool.remove(key);
            });
        }
    }
    async close() {
        await this.#environment.close();
    }
    #put(partition, commit) {
        const prefix = entryPrefix(partition);
        for (const [key, bytes] of commit.entries) {
            if (bytes === null)
                void this.#entries.remove(prefix + key);
            else
                void this.#entries.put(prefix + key, asBuffer(bytes));
        }
        if (commit.spool !== undefined) {
            void this.#spool.put([partition, commit.next.spooled], asBuffer(commit.spool));
        }
        void this.#checkpoints.put(partition, encode(commit.next), commit.next.version);
    }
}
/** Before the first write: a key that LMDB refuses in the middle of a transaction would leave half of it behind. */
function checkKeys(commit) {
    for (const key of commit.entries.keys()) {
        assert(key.length <= limits.stateKeyCharactersMax, `a state key is too long: ${key.slice(0, 32)}…`);
    }
}
/** The slash keeps `p1` and `p10` apart. */
function entryPrefix(partition) {
    return `${partition}/`;
}
function spoolEnd(partition) {
    return [partition, Number.MAX_SAFE_INTEGER];
}
/** The same bytes as the driver's type wants them; no copy. */
function asBuffer(bytes) {
    return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
function encode(value) {
    return Buffer.from(JSON.stringify(value));
}
function parse(bytes, accepts) {
    const value = JSON.parse(bytes.toString());
    if (accepts(value))
        return value;
    throw new TesseraError('data_format', 'a checkpoint or cursor cannot be read');
}
function isCheckpoint(value) {
    if (typeof value !== 'object' || value === null)
        return false;
    const fields = value;
    const { seq, digest, version, spooled, taken, given } = fields;
    const numbers = [seq, digest, version, spooled].every((field) => typeof field === 'number');
    return numbers && typeof taken === 'object' && typeof given === 'object';
}
function isCursor(value) {
    return typeof value === 'object' && value !== null && 'done' in value && typeof value.done === 'number';
}
//# sourceMappingURL=state-store.js.map