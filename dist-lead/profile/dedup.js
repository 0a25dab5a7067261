import { hash } from 'node:crypto';
import { limits } from "../limits.js";
import { keys } from "../model/keys.js";
import { DAY_MS, dayOf } from "../model/time.js";
const ID_BYTES = 8;
const DAYS_KEPT = limits.dedupMs / DAY_MS;
export function dedupId(key, source, eventId) {
    return hash('sha256', `${key}\0${source}\0${eventId}`, 'buffer').toString('latin1', 0, ID_BYTES);
}
/** Days whose ids still count: an id of seven days ago is found, one of eight days ago is not. */
export function isLiveDay(day, now) {
    return day >= dayOf(now) - DAYS_KEPT;
}
export function dedupNeeds(profile, facet, now) {
    return facet.dedupDays
        .filter((day) => isLiveDay(day, now))
        .map((day) => keys.dedup(day, profile, facet.id));
}
/** Looks the id up and remembers it when it is new. */
export function admitId({ profile, facet, id }, view, now) {
    const today = dayOf(now);
    let held = 0;
    for (const day of facet.dedupDays) {
        if (!isLiveDay(day, now))
            continue;
        const entry = view.get(keys.dedup(day, profile, facet.id));
        if (entry === undefined)
            continue;
        if (entry.ids.has(id))
            return 'duplicate';
        held += entry.ids.size;
    }
    if (held >= limits.dedupIdsPerFacetMax)
        return 'full';
    const key = keys.dedup(today, profile, facet.id);
    const entry = view.get(key) ?? { ids: new Set() };
    entry.ids.add(id);
    view.put(key, entry);
    if (!facet.dedupDays.includes(today)) {
        for (const day of facet.dedupDays) {
            if (!isLiveDay(day, now))
                view.remove(keys.dedup(day, profile, facet.id));
        }
        facet.dedupDays = [...facet.dedupDays.filter((day) => isLiveDay(day, now)), today];
    }
    return 'new';
}
export function encodeDedupDay(day) {
    const bytes = Buffer.allocUnsafe(day.ids.size * ID_BYTES);
    let at = 0;
    for (const id of day.ids)
        at += bytes.write(id, at, 'latin1');
    return bytes;
}
export function decodeDedupDay(bytes) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const ids = new Set();
    for (let at = 0; at < text.length; at += ID_BYTES)
        ids.add(text.slice(at, at + ID_BYTES));
    return { ids };
}
//# sourceMappingURL=dedup.js.map