import { TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
import { GroupFiles } from "./group-files.js";
import { readRows } from "./read-rows.js";
import { RowGroups } from "./row-groups.js";
import { feedUnit, rejectOf, timeOrNothing } from "./row-source.js";
const QUOTE = 34;
/**
 * Files in which several rows, anywhere in the file, make up one event. The first pass brings rows with the
 * same key together; the second one makes the events, in the order in which keys first appeared, which is the
 * same in every run. While the rows fit into `groupBytesMax` they stay in memory; then all of them go to files
 * by the hash of their key, and the second pass takes one file after the other.
 */
export function createGroupSource(options) {
    const collector = new Collector(options);
    return {
        collect: async () => {
            await readRows(options.rows, collector);
            await collector.files?.seal();
        },
        async newest() {
            let newest;
            for (let part = 0; part < collector.parts; part += 1) {
                const groups = await collector.part(part);
                for (let group = 0; group < groups.keys.length; group += 1) {
                    const at = timeOrNothing(options.builder, unitOf(options, groups, group));
                    if (at !== undefined && (newest === undefined || at > newest))
                        newest = at;
                }
            }
            return newest;
        },
        async run(feed, from, shiftMs) {
            let skip = from.units;
            for (let part = 0; part < collector.parts && !feed.done; part += 1) {
                const groups = await collector.part(part);
                const first = Math.min(skip, groups.keys.length);
                skip -= first;
                await feedGroups(options, groups, { feed, shiftMs, first, part, parts: collector.parts });
            }
        },
        close: async () => {
            await collector.files?.remove();
        },
    };
}
async function feedGroups(options, groups, run) {
    const { feed } = run;
    for (let group = run.first; group < groups.keys.length && !feed.done; group += 1) {
        feedGroup(options, groups, { group, run });
        feed.mark(0, 0);
        if (!feed.full)
            continue;
        options.onShare?.((run.part + group / groups.keys.length) / run.parts);
        await feed.flush();
    }
}
function feedGroup(options, groups, at) {
    const unit = unitOf(options, groups, at.group);
    try {
        if (groups.oversized(at.group)) {
            throw new TesseraError('invalid_row', `The group has more than ${limits.importGroupLinesMax} rows.`);
        }
        unit.row = options.builder.agree(unit.rows);
    }
    catch (error) {
        if (!(error instanceof TesseraError))
            throw error;
        at.run.feed.reject(rejectOf(error, unit.line, unit.key));
        return;
    }
    feedUnit(options.builder, unit, at.run);
}
/** Rows were parsed in the first pass already, so parsing them again cannot fail. */
function unitOf(options, groups, group) {
    const rows = [];
    for (let row = groups.first(group); row >= 0; row = groups.next(row)) {
        const bytes = groups.rowBytes(row);
        rows.push(options.rows.parse(bytes.toString('utf8'), bytes.includes(QUOTE)));
    }
    return { row: rows[0] ?? [], rows, line: groups.rowLine(groups.first(group)), key: groups.keys[group] };
}
class Collector {
    stopped = false;
    files;
    #options;
    #memory = new RowGroups();
    constructor(options) {
        this.#options = options;
    }
    get parts() {
        return this.files?.count ?? 1;
    }
    part(at) {
        return this.files === undefined ? this.#memory : this.files.load(at);
    }
    row(row, reader) {
        const key = row[this.#options.builder.key ?? 0];
        if (key === '')
            return this.bad(new TesseraError('invalid_row', 'The column that groups rows is blank.'), reader);
        if (this.files !== undefined)
            return this.files.add(key, reader.bytes(), reader.line);
        this.#memory.add(key, reader.bytes(), reader.line);
        return this.#memory.bytes > this.#options.groupBytesMax ? this.#spill() : undefined;
    }
    bad(error, reader) {
        return this.#options.onReject(rejectOf(error, reader.line));
    }
    /** Group by group: within a group the order of the file is kept, and only that matters. */
    async #spill() {
        const files = await GroupFiles.create(this.#options.temporaryPrefix);
        this.files = files;
        const memory = this.#memory;
        this.#memory = new RowGroups();
        for (let group = 0; group < memory.keys.length; group += 1) {
            for (let row = memory.first(group); row >= 0; row = memory.next(row)) {
                const wait = files.add(memory.keys[group], memory.rowBytes(row), memory.rowLine(row));
                if (wait !== undefined)
                    await wait;
            }
        }
    }
}
//# sourceMappingURL=group-source.js.map