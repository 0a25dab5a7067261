/**
 * A spool entry: the history rows of one commit, one line each, `table TAB json-array`. The line is written once,
 * in the fold's thread, and copied from then on: the historian inserts the JSON text as it stands and never
 * parses a row. JSON escapes control characters, so a raw newline always ends a row and the first tab ends the
 * name of the table.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** The same rows always give the same bytes. */
export function packSpool(rows) {
    let text = '';
    for (const row of rows)
        text += `${row.table}\t${JSON.stringify(row.values)}\n`;
    return encoder.encode(text);
}
export function unpackSpool(bytes) {
    const text = decoder.decode(bytes);
    const rows = [];
    for (let start = 0; start < text.length;) {
        const tab = text.indexOf('\t', start);
        const end = text.indexOf('\n', tab);
        // The table names were written by packSpool; the spool's own store guards the bytes.
        rows.push({ table: text.slice(start, tab), line: text.slice(tab + 1, end) });
        start = end + 1;
    }
    return rows;
}
/** Reads the position off the front of a line without parsing the rest. */
export function positionOf(line) {
    const first = line.indexOf(',');
    const second = line.indexOf(',', first + 1);
    const third = line.indexOf(',', second + 1);
    const fourth = line.indexOf(',', third + 1);
    return {
        partition: Number(line.slice(1, first)),
        seq: Number(line.slice(first + 1, second)),
        index: Number(line.slice(second + 1, third)),
        ordinal: Number(line.slice(third + 1, fourth)),
    };
}
/** How `History.present` names a row of one partition. */
export function rowKey(seq, index, ordinal) {
    return `${seq}:${index}:${ordinal}`;
}
//# sourceMappingURL=spool-entry.js.map