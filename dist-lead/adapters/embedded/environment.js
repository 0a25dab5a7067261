import { statfsSync } from 'node:fs';
import { open } from 'lmdb';
import { TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
import { createDirectory, syncDirectory } from "./durable-file.js";
const EIO = 5;
const ENOSPC = 28;
const EDQUOT = 122;
const MDB_MAP_FULL = -30_792;
export class Environment {
    path;
    #root;
    #codes;
    #failure;
    #closed = false;
    constructor(path, codes) {
        this.path = path;
        this.#codes = codes;
        createDirectory(path);
        this.#root = open({
            path,
            // A path with a dot would otherwise be taken for the name of a file.
            noSubdir: false,
            encoding: 'binary',
            overlappingSync: false,
            eventTurnBatching: false,
            maxDbs: limits.databasesMax,
        });
        syncDirectory(path);
    }
    /** Why this environment refuses writes, once it does. */
    get failure() {
        return this.#failure;
    }
    /** Opens (or creates) a named database of bytes. `versions` makes its keys usable with `writeIf`. */
    database(name, options) {
        return this.#root.openDB({
            name,
            encoding: 'binary',
            useVersions: options?.versions ?? false,
        });
    }
    /** Everything that `action` writes becomes durable as one transaction, or nothing does. Writes keep their order. */
    async write(action) {
        this.#refuseIfFailed();
        try {
            await this.#root.batch(action);
        }
        catch (error) {
            throw await this.#translate(error);
        }
    }
    /** Like `write`, but only if `key` has `version` (0: is absent). False: nothing was written. */
    async writeIf(database, condition, action) {
        this.#refuseIfFailed();
        try {
            return condition.version === 0
                ? await database.ifNoExists(condition.key, action)
                : await database.ifVersion(condition.key, condition.version, action);
        }
        catch (error) {
            throw await this.#translate(error);
        }
    }
    /** Waits for the writes under way. Idempotent. */
    async close() {
        if (this.#closed)
            return;
        this.#closed = true;
        await this.#root.close();
    }
    #refuseIfFailed() {
        if (this.#failure !== undefined)
            throw this.#failure;
        if (this.#closed)
            throw new TesseraError(this.#codes.failed, `${this.path} is closed`);
    }
    /**
     * The write that meets the end of a disk is cut short, and LMDB calls that EIO. Taking it for a full disk is safe even
     * where it was not: the transaction was aborted, and the next one writes and flushes all of its pages itself.
     */
    #isAlmostFull() {
        const { bavail, bsize } = statfsSync(this.path);
        return bavail * bsize < limits.diskFreeBytesMin;
    }
    /**
     * No room is an operating condition. Anything else is fail-stop: after a failed fsync the kernel may have marked
     * the lost pages clean, so a second attempt could report success for data that is gone. It is never retried.
     */
    async #translate(error) {
        if (error instanceof TesseraError)
            return error;
        const cause = await rootCause(error);
        const code = numericCode(cause);
        if (code === ENOSPC ||
            code === EDQUOT ||
            code === MDB_MAP_FULL ||
            (code === EIO && this.#isAlmostFull())) {
            return new TesseraError(this.#codes.full, `no room left in ${this.path}`, { cause });
        }
        this.#failure ??= new TesseraError(this.#codes.failed, `writing to ${this.path} failed; restart after repair`, {
            cause,
        });
        return this.#failure;
    }
}
/** lmdb rejects with a generic error that carries a promise of the real one, itself a rejection. */
async function rootCause(error) {
    if (!(error instanceof Error) || !('commitError' in error))
        return error;
    try {
        await error.commitError;
        return error;
    }
    catch (cause) {
        return cause;
    }
}
function numericCode(error) {
    return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
//# sourceMappingURL=environment.js.map