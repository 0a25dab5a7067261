import { TesseraError } from "../../errors.js";
import { DAY_MS } from "../../model/time.js";
import { parseRfc3339 } from "./time-format.js";
const DATE = /^\d{4}-\d{2}-\d{2}$/;
/**
 * By how much all times move so that the newest one falls on `target`: `now`, a moment (RFC 3339), or a date,
 * to which it moves by whole days so that hours of the day stay what they were.
 *
 * Fails with `invalid_parameter` when the newest event would lie in the future: the engine would pull it back to the
 * time of its arrival, and with it break the distances between events.
 */
export function rebaseShift(target, newest, now) {
    const shift = shiftTo(target, newest, now);
    if (newest + shift <= now)
        return shift;
    throw new TesseraError('invalid_parameter', `--rebase-to ${target} would put the newest event at ${new Date(newest + shift).toISOString()}, in the future; use an earlier date, or now.`);
}
/** Whether the text is a target at all; asked before a file is read. */
export function checkRebaseTarget(target) {
    shiftTo(target, 0, 0);
}
function shiftTo(target, newest, now) {
    if (target === 'now')
        return now - newest;
    try {
        if (!DATE.test(target))
            return parseRfc3339(target) - newest;
        const day = parseRfc3339(`${target}T00:00:00Z`);
        return day - Math.floor(newest / DAY_MS) * DAY_MS;
    }
    catch (cause) {
        throw new TesseraError('invalid_parameter', `--rebase-to takes now, a date or an RFC 3339 time, not ${target}.`, { cause });
    }
}
//# sourceMappingURL=rebase.js.map