/** Columns of snapshots behind the position, in the order of the values of `snapshotRow`. */
export const SNAPSHOT_COLUMNS = [
  'profile_id',
  'day',
  'kind',
  'lifecycle',
  'segments',
  'tags',
  'tier',
  'points',
  'pending',
  'features',
  'consents',
  'events',
  'first_seen',
  'last_seen',
  'at',
] as const;
