import { TesseraError } from "../../errors.js";
import { isJsonObject } from "../../model/json.js";
import { splitBlanks, splitPlain, splitQuoted } from "./fields.js";
/** Delimiter of formats with RFC 4180 quotes. TSV has none: a tab cannot occur in a field. */
export function quotedDelimiterOf(format) {
    return format.type === 'csv' ? (format.delimiter ?? ',') : undefined;
}
/** Splits a delimited record without asking how many fields there should be; undefined: quotes are wrong. */
export function splitRecord(format, text, quoted) {
    if (format.type === 'space')
        return splitBlanks(text);
    const delimiter = format.type === 'tsv' ? '\t' : (format.delimiter ?? ',');
    return quoted ? splitQuoted(text, delimiter) : splitPlain(text, delimiter);
}
export function compileRowParser(format, columns) {
    if (format.type === 'ndjson')
        return compileJsonParser(columns);
    const width = columns.length;
    return (text, quoted) => {
        const fields = splitRecord(format, text, quoted);
        if (fields === undefined)
            throw new TesseraError('invalid_row', 'Text follows a closing quote.');
        if (fields.length !== width) {
            throw new TesseraError('invalid_row', `The row has ${fields.length} fields, the file has ${width} columns.`);
        }
        return fields;
    };
}
function compileJsonParser(columns) {
    const paths = columns.map((column) => column.split('.'));
    return (text) => {
        const value = parseJson(text);
        if (!isJsonObject(value))
            throw new TesseraError('not_an_object', 'The row is not a JSON object.');
        if (hasLongNumber(text)) {
            throw new TesseraError('unsafe_number', 'A number has more digits than JSON keeps; write it as text.');
        }
        const row = [];
        for (const path of paths)
            row.push(fieldAt(value, path));
        return row;
    };
}
function parseJson(text) {
    try {
        // JSON.parse can answer nothing but JSON values.
        return JSON.parse(text);
    }
    catch (cause) {
        throw new TesseraError('invalid_json', 'The row is not valid JSON.', { cause });
    }
}
function fieldAt(root, path) {
    let value = root;
    for (const name of path) {
        value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    }
    if (value === undefined || value === null)
        return '';
    if (typeof value === 'object')
        throw new TesseraError('invalid_row', `${path.join('.')} is not a single value.`);
    return String(value);
}
/** 16 digits or more outside of strings: the double that JSON.parse made of them may be another number. */
function hasLongNumber(text) {
    if (!/\d[\d.]{15}/.test(text))
        return false;
    return /\d[\d.]{15}/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '""'));
}
//# sourceMappingURL=row-parser.js.map