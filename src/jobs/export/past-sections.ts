import { parsePastEvent } from '../../desks/past-events.ts';
import { quoted } from '../../desks/profile-history/history-bound.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { type EventReading, exportEvent, iso } from './export-event.ts';
import { aboutProfile, inFacetsOf, type PastRows, type PastRowsOptions, readPastRows } from './past-rows.ts';

/** A list of the export, with where it comes from. */
export interface ExportSection {
  readonly name: string;
  readonly source: string;
  readonly entries: () => AsyncIterable<JsonObject>;
}

export interface PastSectionsOptions extends PastRowsOptions, EventReading {
  readonly profile: string;
}

/** Everything that history holds of a profile, the oldest first. */
export function pastSections(options: PastSectionsOptions): readonly ExportSection[] {
  const { profile } = options;
  const about = aboutProfile(profile);
  const listed = (name: string, source: string, read: Reading): ExportSection => ({
    name,
    source,
    entries: () => shown(read, options),
  });
  return [
    eventsSection('events', 'Everything that was received about you, as it was received', options),
    listed(
      'consent_history',
      'What you agreed to and refused, and the notices that you were told',
      consents(profile),
    ),
    listed('identifier_changes', 'How identifiers became yours, or ceased to be', changes(about, options)),
    listed('merges', 'Profiles of yours that were found to be one person', merges(profile)),
    listed('segment_changes', 'When you entered and left groups of customers', segments(about)),
    listed('points', 'Every change of points', points(about)),
    listed('decisions', 'Every decision to send you something or not, with why', decisions(about)),
    listed('messages', 'What was handed to other systems to reach you', deliveries(about)),
    listed('recommendations', 'Products that were recommended to you', recommendations(about)),
    listed('snapshots', 'What was worked out about you, as it was at the end of days', snapshots(about)),
  ];
}

interface Reading extends PastRows {
  readonly show: (row: JsonObject) => JsonObject;
}

async function* shown({ show, ...rows }: Reading, options: PastRowsOptions): AsyncGenerator<JsonObject> {
  for await (const row of readPastRows(rows, options)) yield { at: iso(Number(row.place_at)), ...show(row) };
}

function eventsSection(name: string, source: string, options: PastSectionsOptions): ExportSection {
  const rows: PastRows = {
    table: 'events',
    columns: 'raw',
    where: inFacetsOf(options.profile),
    time: 'applied_at',
  };
  return {
    name,
    source,
    async *entries() {
      for await (const { raw } of readPastRows(rows, options)) {
        // Only its text is read of a row.
        const event = parsePastEvent({ raw: String(raw), position: { seq: 0, index: 0 }, now: 0, facet: '' });
        yield await exportEvent(event, options);
      }
    },
  };
}

function changes(where: string, { own }: EventReading): Reading {
  return {
    table: 'identity_changes',
    columns: 'change, identifier, rule, reason, source, event_id',
    where,
    time: 'at',
    show: ({ identifier, ...row }) => {
      const value = own.get(String(identifier));
      const type = String(identifier).split(':')[0] ?? '';
      return {
        ...said(row, ['change', 'rule', 'reason', 'source', 'event_id']),
        type,
        ...(value === undefined ? {} : { value }),
      };
    },
  };
}

function consents(profile: string): Reading {
  return {
    table: 'consents',
    columns:
      'kind, name, given, version, text_version, method, stated, reason, source, channel, event_id, toUnixTimestamp64Milli(time) AS said_at',
    where: inFacetsOf(profile),
    time: 'at',
    show: (row) => ({
      ...said(row, ['kind', 'name', 'text_version', 'method', 'reason', 'source', 'channel', 'event_id']),
      ...(row.kind === 'notice' ? { version: Number(row.version) } : { given: isTrue(row.given) }),
      verified: !isTrue(row.stated),
      said_at: iso(Number(row.said_at)),
    }),
  };
}

function merges(profile: string): Reading {
  const id = quoted([profile]);
  return {
    table: 'merges',
    columns: 'winner, loser, rule, source, event_id',
    where: `winner = ${id} OR loser IN (SELECT profile_id FROM profiles_merged WHERE merged_into = ${id})`,
    time: 'at',
    show: (row) => said(row, ['winner', 'loser', 'rule', 'source', 'event_id']),
  };
}

function segments(where: string): Reading {
  return {
    table: 'segment_changes',
    columns: 'segment, change, cause, event_id',
    where,
    time: 'at',
    show: (row) => said(row, ['segment', 'change', 'cause', 'event_id']),
  };
}

function points(where: string): Reading {
  return {
    table: 'points',
    columns: 'kind, points, order_id, reason, source, event_id',
    where,
    time: 'at',
    show: (row) => ({
      ...said(row, ['kind', 'order_id', 'reason', 'source', 'event_id']),
      points: Number(row.points),
    }),
  };
}

function decisions(where: string): Reading {
  return {
    table: 'decisions',
    columns: 'id, trigger, decision, reason, event_id, channel, payload, trace',
    where,
    time: 'at',
    show: (row) => ({
      ...said(row, ['id', 'trigger', 'decision', 'reason', 'event_id', 'channel']),
      content: parsed(row.payload),
      why: parsed(row.trace),
    }),
  };
}

function deliveries(where: string): Reading {
  return {
    table: 'deliveries',
    columns: 'decision_id, trigger, webhook, change, failure, attempts',
    where,
    time: 'at',
    show: (row) => ({
      ...said(row, ['decision_id', 'trigger', 'change', 'failure']),
      system: row.webhook,
      attempts: Number(row.attempts),
    }),
  };
}

function recommendations(where: string): Reading {
  return {
    table: 'recommendations',
    columns: 'id, placement, store, personalized, item_ids, strategies',
    where,
    time: 'at',
    show: (row) => ({
      ...said(row, ['id', 'placement', 'store']),
      personalized: isTrue(row.personalized),
      items: row.item_ids,
      because: row.strategies,
    }),
  };
}

function snapshots(where: string): Reading {
  return {
    table: 'profile_snapshots',
    columns:
      'toString(day) AS of_day, kind, lifecycle, segments, tags, tier, points, pending, toJSONString(features) AS figures, consents',
    where,
    time: 'at',
    show: (row) => ({
      ...said(row, ['kind', 'lifecycle', 'tier']),
      day: row.of_day,
      segments: row.segments,
      tags: row.tags,
      points: Number(row.points),
      pending: Number(row.pending),
      features: parsed(row.figures),
      consents: row.consents,
    }),
  };
}

/** ClickHouse says so as a word or as a number, as it is set. */
function isTrue(value: JsonValue | undefined): boolean {
  return value === true || value === 1;
}

/** What a row says; columns are empty where it says nothing. */
function said(row: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => row[name] !== '').map((name) => [name, row[name]]));
}

/** What the engine has written as JSON. */
function parsed(text: JsonValue | undefined): JsonValue {
  return typeof text === 'string' && text !== '' ? (JSON.parse(text) as JsonValue) : {};
}
