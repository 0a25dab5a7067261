import { TesseraError } from "../../errors.js";
import { absoluteDecimal, addDecimals, compareDecimals, formatDecimal, multiplyDecimals, parseDecimal, roundDecimal, ZERO, } from "./decimal.js";
import { escapeJson, quoteJson } from "./json-text.js";
/** `{…}` with the fields that have a value; undefined when none has. */
export function compileFields(fields, columns, path) {
    const heads = Object.keys(fields).map((name) => `${JSON.stringify(name)}:`);
    const writers = Object.entries(fields).map(([name, spec]) => compileValue(spec, columns, `${path}/${name}`));
    return (row, unit) => {
        let text = '';
        for (let at = 0; at < writers.length; at += 1) {
            const value = writers[at](row, unit);
            if (value !== undefined)
                text += (text === '' ? '' : ',') + heads[at] + value;
        }
        return text === '' ? undefined : `{${text}}`;
    };
}
function compileValue(spec, columns, path) {
    if (typeof spec === 'string') {
        const inside = compileTemplate(spec, columns, path);
        return (row, unit) => {
            const text = inside(row, unit);
            return text === undefined ? undefined : `"${text}"`;
        };
    }
    if (typeof spec !== 'object')
        return constant(JSON.stringify(spec));
    if ('sum' in spec)
        return compileSum(spec, columns, path);
    if ('lines' in spec)
        return compileLines(spec.lines, columns, `${path}/lines`);
    return compileColumn(spec, columns, path);
}
/** Escaped text of a template; undefined when one of its columns is blank: `yc-` alone would be everybody. */
export function compileTemplate(template, columns, path) {
    const parts = template.split(/\{([^{}]+)\}/);
    const texts = parts.filter((_, at) => at % 2 === 0).map(escapeJson);
    const holes = parts.filter((_, at) => at % 2 === 1).map((name) => compileHole(name, columns, path));
    if (holes.length === 0)
        return constant(texts[0] ?? '');
    return (row, unit) => {
        let text = texts[0];
        for (let at = 0; at < holes.length; at += 1) {
            const value = holes[at](row, unit);
            if (value === undefined)
                return undefined;
            text += value + texts[at + 1];
        }
        return text;
    };
}
function compileHole(name, columns, path) {
    if (name === '$line')
        return (_, unit) => String(unit.line);
    if (name === '$group')
        return (_, unit) => escapeJson(unit.key);
    const index = columns.index(name, path);
    return (row) => {
        const text = row[index];
        return text === '' ? undefined : escapeJson(text);
    };
}
function compileColumn(spec, columns, path) {
    const index = columns.index(spec.column, path);
    const clean = compileCleaning(spec);
    const replace = spec.values === undefined ? undefined : new Map(Object.entries(spec.values).map(jsonEntry));
    const otherwise = spec.otherwise === undefined ? undefined : JSON.stringify(spec.otherwise);
    return (row) => {
        const text = clean === undefined ? row[index] : clean(row[index]);
        if (text === '') {
            if (spec.required === true)
                throw new TesseraError('invalid_row', `${spec.column} is blank.`, { path });
            return undefined;
        }
        return replace?.get(text) ?? otherwise ?? writeAs(spec, text, path);
    };
}
function jsonEntry([from, to]) {
    return [from, JSON.stringify(to)];
}
function compileCleaning(spec) {
    const { trim, strip_prefix: prefix, strip_suffix: suffix, case: letters } = spec;
    if (trim !== true && prefix === undefined && suffix === undefined && letters === undefined)
        return undefined;
    return (value) => {
        let text = trim === true ? value.trim() : value;
        if (prefix !== undefined && text.startsWith(prefix))
            text = text.slice(prefix.length);
        if (suffix !== undefined && text.endsWith(suffix))
            text = text.slice(0, -suffix.length);
        if (letters === undefined)
            return text;
        return letters === 'lower' ? text.toLowerCase() : text.toUpperCase();
    };
}
function writeAs(spec, text, path) {
    if (spec.as === undefined || spec.as === 'text')
        return quoteJson(text);
    const value = parseDecimal(text);
    if (value === undefined) {
        throw new TesseraError(spec.as === 'decimal' ? 'invalid_amount' : 'invalid_row', `${spec.column} is not a number.`, {
            path,
        });
    }
    const number = spec.absolute === true ? absoluteDecimal(value) : value;
    if (spec.as === 'decimal')
        return `"${formatDecimal(number)}"`;
    if (spec.as === 'integer')
        return writeInteger(spec, number, path);
    return writeNumber(spec, number, path);
}
function writeInteger(spec, value, path) {
    const whole = roundDecimal(value, 0);
    if (compareDecimals(whole, value) !== 0 || !Number.isSafeInteger(Number(whole.units))) {
        throw new TesseraError('invalid_row', `${spec.column} is not an integer within ±(2^53 − 1).`, { path });
    }
    return whole.units.toString();
}
/** A JSON number must survive the way through a double; 15 significant digits always do. */
function writeNumber(spec, value, path) {
    if (absoluteDecimal(value).units.toString().length > 15) {
        throw new TesseraError('unsafe_number', `${spec.column} has more digits than a JSON number keeps.`, {
            path,
        });
    }
    return formatDecimal(value);
}
function compileSum(spec, columns, path) {
    const indexes = spec.sum.map((name) => columns.line.index(name, path));
    return (_, unit) => {
        let sum = ZERO;
        for (const row of unit.rows)
            sum = addDecimals(sum, productOf(row, indexes, spec, path));
        if (spec.round !== undefined)
            sum = roundDecimal(sum, spec.round);
        return `"${formatDecimal(spec.absolute === true ? absoluteDecimal(sum) : sum)}"`;
    };
}
function productOf(row, indexes, spec, path) {
    let product;
    for (let at = 0; at < indexes.length; at += 1) {
        const value = parseDecimal(row[indexes[at]]);
        if (value === undefined) {
            throw new TesseraError('invalid_amount', `${spec.sum[at]} is not a number in every row.`, { path });
        }
        product = product === undefined ? value : multiplyDecimals(product, value);
    }
    return product ?? ZERO;
}
function compileLines(fields, columns, path) {
    const write = compileFields(fields, columns.line, path);
    return (_, unit) => {
        let text = '';
        for (const row of unit.rows)
            text += `${text === '' ? '' : ','}${write(row, unit) ?? '{}'}`;
        return `[${text}]`;
    };
}
function constant(text) {
    return () => text;
}
//# sourceMappingURL=writers.js.map