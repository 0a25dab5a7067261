export function isJsonObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
export function isSealed(value) {
    return isJsonObject(value) && typeof value.$sealed === 'string';
}
//# sourceMappingURL=json.js.map