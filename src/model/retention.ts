import type { HistoryTable } from './effect.ts';

/** How long something is kept. One rule says one of `events`, `records` and `dormant`. */
export interface RetentionDefinition {
  readonly name: string;
  readonly description?: string;
  /** What it is kept for, for the record; where several rules name a type, the longest term counts. */
  readonly purpose?: string;
  /** By the time of an event, and by the time of the log of a record. */
  readonly days: number;
  /** Types of events; `*`: all that no other rule names. */
  readonly events?: readonly string[];
  readonly records?: readonly RetainedRecords[];
  /** People who have neither bought nor done anything for so long. */
  readonly dormant?: DormantRule;
}

export interface DormantRule {
  /** `list`: nobody is erased, a run says who would be. */
  readonly action: 'list' | 'erase';
  /** Whoever is in one of these segments stays, and whoever has one of these features other than 0, empty or nothing. */
  readonly unless?: { readonly segments?: readonly string[]; readonly features?: readonly string[] };
}

/** Records about people beside events, as history calls their tables. */
export const retainedRecords = [
  'quarantine',
  'decisions',
  'deliveries',
  'recommendations',
  'segment_changes',
  'profile_snapshots',
] as const satisfies readonly HistoryTable[];

export type RetainedRecords = (typeof retainedRecords)[number];

/** The type that stands for all that no other rule names. */
export const OTHER_EVENTS = '*';
