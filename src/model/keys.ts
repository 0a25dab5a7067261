/** Keys of the state entries; the table in src/README.md says what each holds. */
export const keys = {
  link: (type: string, hash: string): string => `i/${type}:${hash}`,
  person: (profile: string): string => `g/${profile}`,
  place: (facet: string): string => `o/${facet}`,
  combination: (combination: string): string => `c/${combination}`,
  moves: 'm/moves',
  reviews: 'm/reviews',
  review: (n: number): string => `v/${String(n).padStart(10, '0')}`,
  /** What is credited once among all people, by a hash of what it is. */
  credit: (hash: string): string => `r/${hash}`,
  header: (profile: string): string => `h/${profile}`,
  facet: (profile: string, facet: string): string => `f/${profile}/${facet}`,
  /**
   * By day first, because days expire as a whole; then by profile, whose id begins with its time, so that the
   * entries of new people lie side by side (a random page costs an embedded store ten times a neighboring one).
   */
  dedup: (day: number, profile: string, facet: string): string => `d/${day}/${profile}/${facet}`,
  /** By time first, so that what is due next comes first. */
  alarm: (at: number, profile: string): string => `t/${String(at).padStart(15, '0')}/${profile}`,
  definitions: 'n/definitions',
  backfill: 'n/backfill',
  /** How many profiles of a partition are in each segment. */
  segments: 'n/segments',
  /** Zero-padded so that the outbox scans in order of n. */
  outbox: (destination: string, n: number): string => `x/${destination}/${String(n).padStart(12, '0')}`,
} as const;

/**
 * A link's bytes begin with the id of its owner (or as many spaces), so that a store can answer with the owner's
 * entry in the same round trip.
 */
export const OWNER_OF_LINK = { prefix: 'i/', length: 36, target: 'g/' } as const;

/** The profile of events without identifiers; it exists in every people partition. */
export const UNATTRIBUTED = 'unattributed';
