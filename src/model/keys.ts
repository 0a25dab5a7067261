/** Keys of the state entries; the table in src/README.md says what each holds. */
export const keys = {
  link: (type: string, hash: string): string => `i/${type}:${hash}`,
  person: (profile: string): string => `g/${profile}`,
  place: (facet: string): string => `o/${facet}`,
  combination: (combination: string): string => `c/${combination}`,
  moves: 'm/moves',
  header: (profile: string): string => `h/${profile}`,
  facet: (profile: string, facet: string): string => `f/${profile}/${facet}`,
  /**
   * By day first, because days expire as a whole; then by profile, whose id begins with its time, so that the
   * entries of new people lie side by side (a random page costs an embedded store ten times a neighboring one).
   */
  dedup: (day: number, profile: string, facet: string): string => `d/${day}/${profile}/${facet}`,
  definitions: 'n/definitions',
  /** Zero-padded so that the outbox scans in order of n. */
  outbox: (destination: string, n: number): string => `x/${destination}/${String(n).padStart(12, '0')}`,
} as const;

/** The profile of events without identifiers; it exists in every people partition. */
export const UNATTRIBUTED = 'unattributed';
