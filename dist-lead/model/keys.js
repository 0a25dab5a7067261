/** Keys of the state entries; the table in src/README.md says what each holds. */
export const keys = {
    link: (type, hash) => `i/${type}:${hash}`,
    person: (profile) => `g/${profile}`,
    place: (facet) => `o/${facet}`,
    combination: (combination) => `c/${combination}`,
    moves: 'm/moves',
    header: (profile) => `h/${profile}`,
    facet: (profile, facet) => `f/${profile}/${facet}`,
    /**
     * By day first, because days expire as a whole; then by profile, whose id begins with its time, so that the
     * entries of new people lie side by side (a random page costs an embedded store ten times a neighboring one).
     */
    dedup: (day, profile, facet) => `d/${day}/${profile}/${facet}`,
    definitions: 'n/definitions',
    /** Zero-padded so that the outbox scans in order of n. */
    outbox: (destination, n) => `x/${destination}/${String(n).padStart(12, '0')}`,
};
/** The profile of events without identifiers; it exists in every people partition. */
export const UNATTRIBUTED = 'unattributed';
//# sourceMappingURL=keys.js.map