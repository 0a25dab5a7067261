/** Negative when `a` is newer. Equal entries are indistinguishable, so either may come first. */
export function compareNewest(a, b) {
    if (a[0] !== b[0])
        return b[0] - a[0];
    if (a[1] !== b[1])
        return a[1] > b[1] ? -1 : 1;
    if (a[2] !== b[2])
        return b[2] - a[2];
    const left = JSON.stringify(a);
    const right = JSON.stringify(b);
    return left === right ? 0 : left > right ? -1 : 1;
}
/** Inserts at its place unless `max` newer ones are there; answers whether it was taken. */
export function insertNewest(entries, entry, max) {
    let index = 0;
    while (index < entries.length && compareNewest(entries[index], entry) < 0)
        index += 1;
    if (index >= max)
        return false;
    entries.splice(index, 0, entry);
    if (entries.length > max)
        entries.length = max;
    return true;
}
//# sourceMappingURL=newest.js.map