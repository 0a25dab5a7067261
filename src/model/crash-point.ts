/**
 * Places at which a process can be made to die, for tests of faults: on either side of every step that leaves something
 * behind. `append` is a log's, `commit` that of a partition's state, `insert` a block of history's, `cursor` the note of how
 * far history has come.
 */
export const CRASH_POINTS = [
  'append.before',
  'append.after',
  'commit.before',
  'commit.after',
  'insert.before',
  'insert.after',
  'cursor.before',
  'cursor.after',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Dies when the point is reached for the n-th time. */
export interface CrashPlan {
  readonly point: CrashPoint;
  readonly reached: number;
}
