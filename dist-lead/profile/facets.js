export function emptyFacet(id) {
    return {
        id,
        events: 0,
        first: Number.MAX_SAFE_INTEGER,
        last: 0,
        aggregates: new Map(),
        orders: new Map(),
        traits: new Map(),
        consents: new Map(),
        dedupDays: [],
    };
}
export function emptyHeader(id, createdAt, kind) {
    return { id, createdAt, kind, facets: [], triggers: new Map() };
}
//# sourceMappingURL=facets.js.map