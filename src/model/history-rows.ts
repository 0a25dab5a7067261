import { CONSERVATION_COLUMNS } from './conservation.ts';
import type { HistoryRow, HistoryTable } from './effect.ts';
import type { Event, OrderInfo } from './event.ts';
import type { JsonObject } from './json.ts';
import { priceOf, productLines, textOf } from './product-lines.ts';
import type { FlagDecision } from './quality.ts';
import { ATTEMPT_COLUMNS, QUARANTINE_COLUMNS } from './quarantine-rows.ts';
import { type Lesson, lessons } from './recommendation.ts';
import { SNAPSHOT_COLUMNS } from './snapshot-columns.ts';
import { sqlTime } from './sql-time.ts';
import type { EpochMs } from './time.ts';

/**
 * History rows as plain values in column order. Every value is made to fit its column here: a row that ClickHouse
 * refuses would hold up every row behind it, so nothing that a client sends may reach that point.
 */
const POSITION = ['partition', 'seq', 'idx', 'ord'] as const;

/** Columns in the order of the values; a test holds them against deploy/clickhouse. */
export const historyColumns: Readonly<Record<HistoryTable, readonly string[]>> = Object.freeze({
  events: [
    ...POSITION,
    'event_id',
    'type',
    'time',
    'received_at',
    'applied_at',
    'late',
    'source',
    'channel',
    'facet_id',
    'profile_id',
    'currency',
    'order_namespace',
    'order_id',
    'order_transition',
    'order_ledger',
    'order_total_only',
    'refund_id',
    'total',
    'spend',
    'refund',
    'item_id',
    'variant_id',
    'category',
    'brand',
    'store',
    'country',
    'price',
    'item_ids',
    'variant_ids',
    'categories',
    'brands',
    'quantities',
    'prices',
    'amounts',
    'kinds',
    'raw',
    'lesson',
  ],
  facets: [...POSITION, 'facet_id', 'profile_id', 'change', 'at', 'move'],
  merges: [...POSITION, 'winner', 'loser', 'rule', 'source', 'event_id', 'at'],
  identity_changes: [
    ...POSITION,
    'change',
    'profile_id',
    'other_profile_id',
    'identifier',
    'rule',
    'reason',
    'source',
    'event_id',
    'author',
    'at',
  ],
  decisions: [
    ...POSITION,
    'id',
    'trigger',
    'profile_id',
    'decision',
    'reason',
    'at',
    'event_id',
    'channel',
    'payload',
    'trace',
    'key',
    'version',
    'until',
  ],
  segment_changes: [
    ...POSITION,
    'id',
    'segment',
    'version',
    'segment_group',
    'profile_id',
    'change',
    'cause',
    'event_id',
    'at',
  ],
  points: [
    ...POSITION,
    'kind',
    'profile_id',
    'facet_id',
    'lot',
    'points',
    'order_id',
    'reason',
    'author',
    'version',
    'source',
    'event_id',
    'expires_at',
    'at',
  ],
  deliveries: [
    ...POSITION,
    'delivery_id',
    'decision_id',
    'trigger',
    'profile_id',
    'webhook',
    'change',
    'failure',
    'status',
    'attempts',
    'at',
  ],
  // Rows of the audit log do not come by way of the event log, and have no position in it.
  audit: [
    'chain',
    'n',
    'page',
    'at',
    'action',
    'author',
    'subjects',
    'fields',
    'target',
    'via',
    'count',
    'detail',
  ],
  recommendations: [
    ...POSITION,
    'id',
    'profile_id',
    'placement',
    'strategy',
    'store',
    'personalized',
    'item_ids',
    'strategies',
    'at',
  ],
  profile_snapshots: [...POSITION, ...SNAPSHOT_COLUMNS],
  consents: [
    ...POSITION,
    'kind',
    'profile_id',
    'facet_id',
    'name',
    'given',
    'version',
    'text_version',
    'method',
    'stated',
    'author',
    'reason',
    'source',
    'channel',
    'event_id',
    'time',
    'at',
  ],
  conservation: [...POSITION, ...CONSERVATION_COLUMNS],
  quality_decisions: [...POSITION, 'flag', 'decision', 'author', 'at'],
  quarantine: [...POSITION, ...QUARANTINE_COLUMNS],
  quarantine_attempts: [...POSITION, ...ATTEMPT_COLUMNS],
});

/** The cause of a row: its record's place in a log, and its number among the rows of that record. */
export interface RowCause {
  readonly partition: number;
  readonly seq: number;
  readonly index: number;
  readonly ordinal: number;
}

export interface EventRowInput {
  readonly event: Event;
  /** The event's JSON as the log holds it. */
  readonly rawText: string;
  readonly cause: RowCause;
  /** What history calls the facet: see historyFacetId. */
  readonly facetId: string;
  readonly profileId: string;
  readonly appendedAt: EpochMs;
  /** What recommendations may learn from it; nothing where absent. */
  readonly lesson?: Lesson;
}

const NO_ORDER: OrderInfo = Object.freeze({
  namespace: '',
  order_id: '',
  transition: 'completed',
  refund_id: '',
  ledger: false,
  total: 0,
  spend: 0,
  refund: 0,
  total_only: false,
});

const NONE: JsonObject = Object.freeze({});

export function eventRow(input: EventRowInput): HistoryRow {
  const { event, rawText, cause, facetId, profileId, appendedAt, lesson = lessons.none } = input;
  const properties = event.properties;
  const context = event.context ?? NONE;
  const order = event.order ?? NO_ORDER;
  const currency = event.currency ?? '';
  const lines = productLines(properties.products, currency);
  return {
    table: 'events',
    values: [
      cause.partition,
      cause.seq,
      cause.index,
      cause.ordinal,
      event.id,
      event.type,
      sqlTime(event.time),
      sqlTime(event.receivedAt),
      sqlTime(appendedAt),
      event.late === true,
      event.source,
      event.channel,
      facetId,
      profileId,
      currency,
      order.namespace,
      order.order_id,
      event.order === undefined ? '' : order.transition,
      order.ledger,
      order.total_only,
      order.refund_id,
      order.total,
      order.spend,
      order.refund,
      textOf(properties.item_id),
      textOf(properties.variant_id),
      textOf(properties.category),
      textOf(properties.brand),
      textOf(context.store) || textOf(properties.store),
      textOf(context.country) || textOf(properties.country),
      priceOf(properties.price, currency),
      lines.itemIds,
      lines.variantIds,
      lines.categories,
      lines.brands,
      lines.quantities,
      lines.prices,
      lines.amounts,
      lines.kinds,
      rawText,
      lesson,
    ],
  };
}

/** A facet has an owner from here on. */
export function facetRow(input: {
  readonly facetId: string;
  readonly profileId: string;
  readonly change: 'created' | 'moved';
  /** Number of the move that brought it; absent where it began. */
  readonly move?: number;
  readonly at: EpochMs;
  readonly cause: RowCause;
}): HistoryRow {
  return {
    table: 'facets',
    values: [
      ...position(input.cause),
      input.facetId,
      input.profileId,
      input.change,
      sqlTime(input.at),
      input.move ?? 0,
    ],
  };
}

export function mergeRow(input: {
  readonly winner: string;
  readonly loser: string;
  readonly rule: string;
  readonly source: string;
  readonly eventId: string;
  readonly at: EpochMs;
  readonly cause: RowCause;
}): HistoryRow {
  const { winner, loser, rule, source, eventId } = input;
  return {
    table: 'merges',
    values: [...position(input.cause), winner, loser, rule, source, eventId, sqlTime(input.at)],
  };
}

export type IdentityChange =
  | 'linked'
  | 'split'
  | 'refused'
  | 'shared'
  | 'unshared'
  | 'closed'
  | 'recycled'
  | 'yielded'
  | 'blocked'
  | 'alias'
  | 'review_opened'
  | 'review_decided'
  | 'review_expired';

/** What identity decided beside a plain merge, which has its own row. */
export function identityRow(input: {
  readonly change: IdentityChange;
  readonly profileId: string;
  readonly otherProfileId?: string;
  /** `type:hash`. */
  readonly identifier?: string;
  readonly rule?: string;
  readonly reason?: string;
  readonly source?: string;
  readonly eventId?: string;
  /** Name of the operator's key, where somebody asked for it. */
  readonly author?: string;
  readonly at: EpochMs;
  readonly cause: RowCause;
}): HistoryRow {
  const { change, profileId, otherProfileId = '', identifier = '', rule = '', reason = '' } = input;
  const { source = '', eventId = '', author = '' } = input;
  return {
    table: 'identity_changes',
    values: [
      ...position(input.cause),
      change,
      profileId,
      otherProfileId,
      identifier,
      rule,
      reason,
      source,
      eventId,
      author,
      sqlTime(input.at),
    ],
  };
}

/** What somebody has said of a flag of the quality report. */
export function flagDecisionRow(input: {
  readonly flag: string;
  readonly decision: FlagDecision;
  readonly author: string;
  readonly at: EpochMs;
  readonly cause: RowCause;
}): HistoryRow {
  const { flag, decision, author, at, cause } = input;
  return { table: 'quality_decisions', values: [...position(cause), flag, decision, author, sqlTime(at)] };
}

/** The first columns of every row. */
export function position(cause: RowCause): [number, number, number, number] {
  return [cause.partition, cause.seq, cause.index, cause.ordinal];
}
