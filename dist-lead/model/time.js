export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
const UNITS = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };
/** Parses `90s`, `30m`, `24h`, `7d`; undefined when the text is not a duration. */
export function parseDuration(text) {
    const match = /^([1-9]\d{0,6})([smhd])$/.exec(text);
    const unit = match?.[2] === undefined ? undefined : UNITS[match[2]];
    return match?.[1] === undefined || unit === undefined ? undefined : Number(match[1]) * unit;
}
/** The UTC day number of a moment: fields of deduplication ids are named after it. */
export function dayOf(at) {
    return Math.floor(at / DAY_MS);
}
//# sourceMappingURL=time.js.map