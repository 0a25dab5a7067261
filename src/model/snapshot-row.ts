import type { HistoryRow } from './effect.ts';
import { position, type RowCause } from './history-rows.ts';
import type { JsonValue } from './json.ts';
import type { ProfileKind } from './profile.ts';
import { sqlTime } from './sql-time.ts';
import type { EpochMs } from './time.ts';

/** A profile at the end of a day, as far as it can be shown without a personal value. */
export interface ProfileSnapshot {
  readonly profileId: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** The moment at which the day ended. */
  readonly at: EpochMs;
  readonly kind: ProfileKind;
  readonly lifecycle: string | null;
  readonly segments: readonly string[];
  readonly tags: readonly string[];
  /** Of points: zero and nothing without a program. */
  readonly tier: string;
  readonly points: number;
  readonly pending: number;
  readonly features: Readonly<Record<string, FlatValue>>;
  readonly consents: Readonly<Record<string, boolean>>;
  readonly events: number;
  readonly firstSeen: EpochMs | null;
  readonly lastSeen: EpochMs | null;
}

export type FlatValue = string | number | boolean;

export function snapshotRow(snapshot: ProfileSnapshot, cause: RowCause): HistoryRow {
  const { firstSeen, lastSeen } = snapshot;
  return {
    table: 'profile_snapshots',
    values: [
      ...position(cause),
      snapshot.profileId,
      snapshot.day,
      snapshot.kind,
      snapshot.lifecycle ?? '',
      snapshot.segments,
      snapshot.tags,
      snapshot.tier,
      snapshot.points,
      snapshot.pending,
      snapshot.features,
      snapshot.consents,
      snapshot.events,
      firstSeen === null ? null : sqlTime(firstSeen),
      lastSeen === null ? null : sqlTime(lastSeen),
      sqlTime(snapshot.at),
    ],
  };
}

/**
 * A value as the column for features takes it: numbers, texts and truths as they are, lists and maps as JSON texts. A key of a map is what
 * events say, and would be a column of its own; some are none that ClickHouse reads. Undefined where there is nothing. Numbers that
 * no integer of 64 bits holds are written without a point, and then refused: these few are texts.
 */
export function flatValue(value: JsonValue | undefined): FlatValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return fitNumber(value);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return wellFormed(value);
  const isEmpty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  return isEmpty ? undefined : JSON.stringify(value);
}

const BEYOND_INTEGERS = 2 ** 63;

function fitNumber(value: number): FlatValue | undefined {
  if (!Number.isFinite(value)) return undefined;
  return Math.abs(value) >= BEYOND_INTEGERS ? String(value) : value;
}

/** Half a pair of surrogates is no character, and a row that holds one cannot be read. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
