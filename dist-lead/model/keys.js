/** Keys of the state entries; the table in src/README.md says what each holds. */
export const keys = {
    link: (type, hash) => `i/${type}:${hash}`,
    person: (profile) => `g/${profile}`,
    place: (facet) => `o/${facet}`,
    combination: (combination) => `c/${combination}`,
    moves: 'm/moves',
    header: (profile) => `h/${profile}`,
    facet: (profile, facet) => `f/${profile}/${facet}`,
    dedup: (day, facet) => `d/${day}/${facet}`,
    definitions: 'n/definitions',
    /** Zero-padded so that the outbox scans in order of n. */
    outbox: (destination, n) => `x/${destination}/${String(n).padStart(12, '0')}`,
};
/** The profile of events without identifiers; it exists in every people partition. */
export const UNATTRIBUTED = 'unattributed';
//# sourceMappingURL=keys.js.map