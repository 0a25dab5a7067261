export function reject(code, path, message) {
    return { ok: false, code, path, message };
}
/** One more step of a JSON pointer, escaped (RFC 6901). */
export function pointer(parent, key) {
    if (typeof key === 'number')
        return `${parent}/${key}`;
    return `${parent}/${key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key}`;
}
//# sourceMappingURL=rejection.js.map