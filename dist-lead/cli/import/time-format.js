import { TesseraError } from "../../errors.js";
const FIELDS = ['yyyy', 'MM', 'dd', 'HH', 'mm', 'ss', 'SSS'];
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i;
/**
 * `epoch_seconds` (with or without a fraction, cut to the millisecond), `epoch_milliseconds`, `rfc3339`, or a
 * pattern of yyyy MM dd HH mm ss SSS and literal characters, read in the zone of the map.
 */
export function compileTimeFormat(format, toUtc) {
    if (format === 'epoch_seconds')
        return parseEpochSeconds;
    if (format === 'epoch_milliseconds')
        return parseEpochMilliseconds;
    if (format === 'rfc3339')
        return parseRfc3339;
    const pattern = compilePattern(format);
    return (text) => {
        const local = readPattern(pattern, text);
        if (local === undefined)
            throw invalidTime(text, format);
        return toUtc(local);
    };
}
function parseEpochSeconds(text) {
    const dot = text.indexOf('.');
    const whole = dot < 0 ? text : text.slice(0, dot);
    const seconds = digits(whole, 0, whole.length);
    if (whole === '' || whole.length > 12 || Number.isNaN(seconds))
        throw invalidTime(text, 'epoch_seconds');
    if (dot < 0)
        return seconds * 1_000;
    const fraction = text.slice(dot + 1);
    if (Number.isNaN(digits(fraction, 0, fraction.length)))
        throw invalidTime(text, 'epoch_seconds');
    return seconds * 1_000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
}
function parseEpochMilliseconds(text) {
    const at = digits(text, 0, text.length);
    if (text === '' || text.length > 15 || Number.isNaN(at))
        throw invalidTime(text, 'epoch_milliseconds');
    return at;
}
/** Exported for `--rebase-to`, which takes the same form. */
export function parseRfc3339(text) {
    const at = RFC_3339.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
    // Date.parse turns 30 February into 2 March; reading the day of the month back shows that.
    const local = Number.isNaN(at) ? Number.NaN : Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
    if (Number.isNaN(local) || new Date(local).getUTCDate() !== Number(text.slice(8, 10))) {
        throw invalidTime(text, 'rfc3339');
    }
    return Math.floor(at);
}
function compilePattern(format) {
    const slots = new Map();
    const literals = [];
    let at = 0;
    while (at < format.length) {
        const field = FIELDS.find((name) => format.startsWith(name, at) && !slots.has(name));
        if (field === undefined) {
            // A Z would be read as local time, which it is not: such times are rfc3339.
            if (/[A-SU-Za-z]/.test(format.charAt(at)))
                throw unknownFormat(format);
            literals.push({ at, code: format.charCodeAt(at) });
            at += 1;
        }
        else {
            slots.set(field, { at, width: field.length });
            at += field.length;
        }
    }
    if (!slots.has('yyyy') || !slots.has('MM') || !slots.has('dd'))
        throw unknownFormat(format);
    return { length: format.length, slots, literals };
}
/** The wall-clock time as if it were UTC; undefined where the text does not fit or the date does not exist. */
function readPattern(pattern, text) {
    if (text.length !== pattern.length)
        return undefined;
    for (const literal of pattern.literals) {
        if (text.charCodeAt(literal.at) !== literal.code)
            return undefined;
    }
    const year = field(pattern, 'yyyy', text);
    const month = field(pattern, 'MM', text);
    const day = field(pattern, 'dd', text);
    const hour = field(pattern, 'HH', text);
    const minute = field(pattern, 'mm', text);
    const second = field(pattern, 'ss', text);
    const milliseconds = field(pattern, 'SSS', text);
    if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)))
        return undefined;
    if (!(hour <= 23 && minute <= 59 && second <= 59))
        return undefined;
    const at = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
    return year < 1_000 || Number.isNaN(at) ? undefined : at;
}
function field(pattern, name, text) {
    const slot = pattern.slots.get(name);
    return slot === undefined ? 0 : digits(text, slot.at, slot.at + slot.width);
}
function digits(text, from, to) {
    let value = 0;
    for (let at = from; at < to; at += 1) {
        const digit = text.charCodeAt(at) - 48;
        if (!(digit >= 0 && digit <= 9))
            return Number.NaN;
        value = value * 10 + digit;
    }
    return value;
}
function daysIn(year, month) {
    if (month === 2)
        return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
    return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
function invalidTime(text, format) {
    return new TesseraError('invalid_time', `${JSON.stringify(text.slice(0, 40))} is not a time in the form ${format}.`);
}
function unknownFormat(format) {
    return new TesseraError('invalid_map', `${format} is not a time format: write epoch_seconds, epoch_milliseconds, rfc3339, or a pattern with yyyy, MM and dd (and HH, mm, ss, SSS).`, { path: '/time/format' });
}
//# sourceMappingURL=time-format.js.map