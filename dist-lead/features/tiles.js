import { TesseraError } from "../errors.js";
import { limits } from "../limits.js";
import { parseDuration } from "../model/time.js";
const LIFETIME = Object.freeze({ windowMs: Number.POSITIVE_INFINITY, tileMs: 0 });
/** Compiles `lifetime` or a duration; throws `invalid_definition` for anything else. */
export function compileSpan(window) {
    if (window === 'lifetime')
        return LIFETIME;
    const windowMs = parseDuration(window);
    if (windowMs === undefined || windowMs < limits.windowMinMs || windowMs > limits.windowMaxMs) {
        const detail = `window "${window}" must be "lifetime" or a duration from 1m to 730d, such as 30m, 24h or 7d`;
        throw new TesseraError('invalid_definition', detail, { path: '/window' });
    }
    return Object.freeze({ windowMs, tileMs: Math.ceil(windowMs / limits.tilesPerWindow) });
}
export function tileOf(span, time) {
    return span.tileMs === 0 ? 0 : Math.floor(time / span.tileMs);
}
export function isLive(span, tile, now) {
    return span.tileMs === 0 || (tile + 1) * span.tileMs > now - span.windowMs;
}
/** Answers whether the tile is a new one, which is when older ones may have died. */
export function addToTile(counts, tile, value) {
    let index = counts.length - 2;
    // Events come nearly in order, so the search from the end rarely takes a second step.
    while (index >= 0 && counts[index] > tile)
        index -= 2;
    if (index >= 0 && counts[index] === tile) {
        counts[index + 1] += value;
        return false;
    }
    if (index + 2 === counts.length)
        counts.push(tile, value);
    else
        counts.splice(index + 2, 0, tile, value);
    return true;
}
export function pruneCounts(counts, span, now) {
    let dead = 0;
    while (dead < counts.length && !isLive(span, counts[dead], now))
        dead += 2;
    if (dead > 0)
        counts.splice(0, dead);
}
export function mergeCounts(a, b) {
    const merged = a.slice();
    for (let index = 0; index < b.length; index += 2)
        addToTile(merged, b[index], b[index + 1]);
    return merged;
}
export function sumLive(counts, span, now) {
    let sum = 0;
    for (let index = counts.length - 2; index >= 0 && isLive(span, counts[index], now); index -= 2) {
        sum += counts[index + 1];
    }
    return sum;
}
/** Puts a row at its place, ascending by (tile, key); `combine` decides what becomes of one already there. */
export function putRow(rows, row, combine) {
    let index = rows.length - 1;
    while (index >= 0 && isAfter(rows[index], row))
        index -= 1;
    const found = rows[index];
    if (found !== undefined && found[0] === row[0] && found[1] === row[1])
        rows[index] = combine(found, row);
    else
        rows.splice(index + 1, 0, row);
}
function isAfter(a, b) {
    return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}
export function pruneRows(rows, span, now) {
    let dead = 0;
    while (dead < rows.length && !isLive(span, rows[dead][0], now))
        dead += 1;
    if (dead > 0)
        rows.splice(0, dead);
}
export function mergeRows(a, b, combine) {
    const merged = a.slice();
    for (const row of b)
        putRow(merged, row, combine);
    return merged;
}
//# sourceMappingURL=tiles.js.map