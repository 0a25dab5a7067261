import { TesseraError } from "../../errors.js";
import { quoteJson } from "./json-text.js";
import { compileRowCondition } from "./row-condition.js";
import { compileTimeFormat } from "./time-format.js";
import { compileFields, compileTemplate } from "./writers.js";
import { compileZone } from "./zone.js";
/** `names` are the columns of the file; undefined for ndjson, where the map names what it reads. */
export function compileEventBuilder(map, names) {
    const table = new ColumnTable(names);
    const time = table.line.index(map.time.column, '/time/column');
    const parseTime = compileTimeFormat(map.time.format, compileZone(map.zone ?? 'UTC'));
    const key = map.group === undefined ? undefined : table.index(map.group.by, '/group/by');
    const plans = map.events.map((spec, at) => compileEvent(map, spec, { columns: table, path: `/events/${at}` }));
    const id = compileTemplate(map.id ?? defaultId(map), table, '/id');
    const timeOf = (unit) => {
        let earliest = Number.POSITIVE_INFINITY;
        for (const row of unit.rows)
            earliest = Math.min(earliest, parseTime(row[time]));
        return earliest;
    };
    return {
        columns: table.names,
        key,
        timeOf,
        agree: (rows) => agreedRow(rows, table),
        build: (unit, shiftMs) => {
            const plan = planFor(plans, unit);
            const text = id(unit.row, unit);
            if (text === undefined)
                throw new TesseraError('invalid_row', 'A column of the event id is blank.', { path: '/id' });
            return buildEvent(plan, unit, `{"id":"${text}","time":${timeOf(unit) + shiftMs}`);
        },
    };
}
function defaultId(map) {
    return map.group === undefined ? `${map.name}-{$line}` : `${map.name}-{$group}`;
}
function planFor(plans, unit) {
    for (const plan of plans)
        if (plan.applies(unit.rows))
            return plan;
    throw new TesseraError('invalid_row', 'No event of the map applies: see its `when` conditions.', {
        path: '/events',
    });
}
function buildEvent(plan, unit, start) {
    let text = start + plan.head;
    for (const section of plan.sections) {
        const value = section.write(unit.row, unit);
        if (value !== undefined)
            text += section.name + value;
    }
    return `${text}}`;
}
function compileEvent(map, spec, place) {
    const { columns, path } = place;
    const fields = {
        identifiers: { ...map.identifiers, ...spec.identifiers },
        properties: spec.properties ?? {},
        traits: spec.traits ?? {},
        context: { ...map.context, ...spec.context },
    };
    return {
        applies: compileRowCondition(spec.when, columns, `${path}/when`),
        head: `,"type":${quoteJson(spec.type)},"source":${quoteJson(map.source)},"channel":${quoteJson(map.channel)}`,
        sections: Object.entries(fields)
            .filter(([, specs]) => Object.keys(specs).length > 0)
            .map(([name, specs]) => ({
            name: `,"${name}":`,
            write: compileFields(specs, columns, `${path}/${name}`),
        })),
    };
}
/** A value of a group is what its rows say; blanks say nothing, two different values cannot both be true. */
function agreedRow(rows, table) {
    const first = rows[0];
    if (first === undefined || rows.length === 1)
        return first ?? [];
    const agreed = [...first];
    for (const index of table.shared) {
        for (const row of rows) {
            const value = row[index];
            if (value === '' || value === agreed[index])
                continue;
            if (agreed[index] !== '') {
                throw new TesseraError('invalid_row', `The rows of the group differ in ${table.names[index]}.`);
            }
            agreed[index] = value;
        }
    }
    return agreed;
}
/** Resolves names, and remembers which columns are read for a whole group: on those its rows must agree. */
class ColumnTable {
    names;
    shared = new Set();
    line;
    #fixed;
    constructor(names) {
        this.names = [...(names ?? [])];
        this.#fixed = names !== undefined;
        const resolve = (name, path) => this.#resolve(name, path);
        this.line = {
            index: resolve,
            get line() {
                return this;
            },
        };
    }
    index(name, path) {
        const index = this.#resolve(name, path);
        this.shared.add(index);
        return index;
    }
    #resolve(name, path) {
        const index = this.names.indexOf(name);
        if (index >= 0)
            return index;
        if (this.#fixed) {
            throw new TesseraError('invalid_map', `${path}: the file has no column ${name}; it has ${this.names.join(', ')}.`, {
                path,
            });
        }
        return this.names.push(name) - 1;
    }
}
//# sourceMappingURL=event-builder.js.map