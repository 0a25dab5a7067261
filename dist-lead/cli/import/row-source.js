import { TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
import { readRows } from "./read-rows.js";
/** Files in which every row is an event of its own. */
export function createRowSource(builder, rows) {
    return {
        async newest() {
            const visitor = new NewestVisitor(builder);
            await readRows(rows, visitor);
            return visitor.newest;
        },
        run: (feed, from, shiftMs) => readRows({ ...rows, from }, new FeedVisitor(builder, feed, shiftMs)),
    };
}
/** Builds a unit's event into the feed, or lists the unit as rejected with the reason. */
export function feedUnit(builder, unit, to) {
    const group = builder.key === undefined ? undefined : unit.key;
    try {
        const json = builder.build(unit, to.shiftMs);
        if (json.length > limits.eventBytesMax / 3 && Buffer.byteLength(json) > limits.eventBytesMax) {
            throw new TesseraError('event_too_large');
        }
        to.feed.event(json, unit.line, group);
    }
    catch (error) {
        if (!(error instanceof TesseraError) || error.code === 'internal')
            throw error;
        to.feed.reject(rejectOf(error, unit.line, group));
    }
}
export function rejectOf(error, line, group) {
    return {
        line,
        code: error.code,
        message: error.message,
        ...(group === undefined ? {} : { group }),
        ...(error.path === undefined ? {} : { path: error.path }),
    };
}
/** One unit and one list, filled again for every row: a row costs no objects besides its fields. */
class ReusedUnit {
    row = [];
    rows = [[]];
    line = 0;
    key = '';
    take(row, line) {
        this.row = row;
        this.rows[0] = row;
        this.line = line;
        return this;
    }
}
class FeedVisitor {
    #builder;
    #feed;
    #to;
    #unit = new ReusedUnit();
    constructor(builder, feed, shiftMs) {
        this.#builder = builder;
        this.#feed = feed;
        this.#to = { feed, shiftMs };
    }
    get stopped() {
        return this.#feed.done;
    }
    row(row, reader) {
        feedUnit(this.#builder, this.#unit.take(row, reader.line), this.#to);
        return this.#next(reader);
    }
    bad(error, reader) {
        this.#feed.reject(rejectOf(error, reader.line));
        return this.#next(reader);
    }
    #next(reader) {
        this.#feed.mark(reader.offset, reader.nextLine);
        return this.#feed.full ? this.#feed.flush() : undefined;
    }
}
class NewestVisitor {
    stopped = false;
    newest;
    #builder;
    #unit = new ReusedUnit();
    constructor(builder) {
        this.#builder = builder;
    }
    row(row, reader) {
        const at = timeOrNothing(this.#builder, this.#unit.take(row, reader.line));
        if (at !== undefined && (this.newest === undefined || at > this.newest))
            this.newest = at;
    }
    /** The run proper lists it. */
    bad() { }
}
/** A unit without a readable time is rejected later; until then it has no say. */
export function timeOrNothing(builder, unit) {
    try {
        return builder.timeOf(unit);
    }
    catch (error) {
        if (error instanceof TesseraError && error.code === 'invalid_time')
            return undefined;
        throw error;
    }
}
//# sourceMappingURL=row-source.js.map