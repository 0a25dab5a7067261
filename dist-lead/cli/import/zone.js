import { TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
import { DAY_MS } from "../../model/time.js";
export function compileZone(zone) {
    if (zone === 'UTC')
        return (localMs) => localMs;
    const offsetAt = compileOffset(zone);
    /** Local day → its offset, or NaN for a day near a change. */
    const days = new Map();
    return (localMs) => {
        const day = Math.floor(localMs / DAY_MS);
        let offset = days.get(day);
        if (offset === undefined) {
            const before = offsetAt((day - 1) * DAY_MS);
            offset = before === offsetAt((day + 2) * DAY_MS) ? before : Number.NaN;
            if (days.size >= limits.importZoneDaysMax)
                days.clear();
            days.set(day, offset);
        }
        return Number.isNaN(offset) ? nearChange(localMs, offsetAt) : localMs - offset;
    };
}
function nearChange(localMs, offsetAt) {
    const before = offsetAt(localMs - DAY_MS);
    const after = offsetAt(localMs + DAY_MS);
    const early = localMs - before;
    if (offsetAt(early) === before)
        return early;
    const late = localMs - after;
    return offsetAt(late) === after ? late : early;
}
function compileOffset(zone) {
    const format = zoneFormat(zone);
    return (utcMs) => {
        let year = 0;
        let month = 1;
        let day = 1;
        let hour = 0;
        let minute = 0;
        let second = 0;
        for (const part of format.formatToParts(utcMs)) {
            if (part.type === 'year')
                year = Number(part.value);
            else if (part.type === 'month')
                month = Number(part.value);
            else if (part.type === 'day')
                day = Number(part.value);
            else if (part.type === 'hour')
                hour = Number(part.value);
            else if (part.type === 'minute')
                minute = Number(part.value);
            else if (part.type === 'second')
                second = Number(part.value);
        }
        return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1_000) * 1_000;
    };
}
function zoneFormat(zone) {
    try {
        return new Intl.DateTimeFormat('en-US', {
            timeZone: zone,
            calendar: 'gregory',
            numberingSystem: 'latn',
            hourCycle: 'h23',
            year: 'numeric',
            month: 'numeric',
            day: 'numeric',
            hour: 'numeric',
            minute: 'numeric',
            second: 'numeric',
        });
    }
    catch (cause) {
        throw new TesseraError('invalid_map', `${zone} is not an IANA time zone such as Europe/London.`, {
            path: '/zone',
            cause,
        });
    }
}
//# sourceMappingURL=zone.js.map