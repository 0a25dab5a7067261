import { readHistoryRows } from '../../desks/past-events.ts';
import { literal } from '../../desks/quarantine/quarantine-sql.ts';
import { TesseraError } from '../../errors.ts';
import type { Kept } from '../../ingest/quarantine.ts';
import { limits } from '../../limits.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { type EventReading, exportEvent, iso } from './export-event.ts';
import { type KeptSources, openIfPossible } from './kept-of-people.ts';
import { leaveOutOthers, type OthersOptions } from './leave-out-others.ts';
import type { ExportSection } from './past-sections.ts';

export interface QuarantineSectionOptions extends Omit<KeptSources, 'reader'>, OthersOptions {
  /** Of the events in quarantine that name the person. */
  readonly ids: readonly string[];
  readonly reading: EventReading;
  /** Counts what all sections have read together, against `limits.exportRowsMax`. */
  readonly counted: { rows: number };
}

/** What quarantine holds of a person: events that count for nothing, and name one of their identifiers. */
export function quarantineSection(options: QuarantineSectionOptions): ExportSection {
  return {
    name: 'quarantined',
    source:
      'Events that name one of your identifiers and were not understood, so that nothing was made of them. Where they name anybody ' +
      'else too, what may be about others is left out',
    entries: () => entries(options),
  };
}

async function* entries(options: QuarantineSectionOptions): AsyncGenerator<JsonObject> {
  const { ids, history, signal, counted } = options;
  for (let from = 0; from < ids.length; from += limits.exportPageRows) {
    if (signal.aborted) throw new TesseraError('stopping');
    const some = ids.slice(from, from + limits.exportPageRows);
    const rows = await readHistoryRows(
      history,
      'SELECT id, source, channel, code, path, message, sealed, toUnixTimestamp64Milli(received_at) AS received ' +
        `FROM quarantine WHERE id IN (${some.map(literal).join(', ')}) ORDER BY received_at, id LIMIT 1 BY id`,
    );
    counted.rows += rows.length;
    if (counted.rows > limits.exportRowsMax) throw new TesseraError('export_too_large');
    for (const row of rows) yield await entryOf(row, options);
  }
}

async function entryOf(row: JsonObject, options: QuarantineSectionOptions): Promise<JsonObject> {
  const { id = '', source = '', channel = '', code = '', path = '', message = '', sealed, received } = row;
  const kept = openIfPossible(String(sealed), options.sealer);
  return {
    received_at: iso(Number(received)),
    id,
    source,
    channel,
    refused: { code, path, message },
    event: kept === undefined ? null : await eventOf(kept, options),
  };
}

/** Null where it cannot be read: then nobody can tell what in it is about whom. */
async function eventOf(kept: Kept, options: QuarantineSectionOptions): Promise<JsonValue> {
  if (kept.as === 'taken') return await exportEvent(kept.event, options.reading);
  const { text, envelope } = kept.event;
  try {
    // What JSON.parse answers is JSON.
    const event = JSON.parse(text) as JsonValue;
    const surrounded = Object.keys(envelope).length > 0;
    return leaveOutOthers(surrounded ? { ...envelope, event } : event, options);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
