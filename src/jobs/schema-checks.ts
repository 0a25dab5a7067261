import { Pace } from '../background/pace.ts';
import type { Definitions } from '../definitions/definitions.ts';
import type { HistoryReach } from '../desks/profile-history/history-reach.ts';
import { TesseraError } from '../errors.ts';
import { compareEventSchemas } from '../ingest/own-schemas/compare-event-schemas.ts';
import type { LiveSchemas } from '../ingest/own-schemas/live-schemas.ts';
import { limits } from '../limits.ts';
import type { EventSchemaDefinition } from '../model/event-schema.ts';
import type { JsonObject } from '../model/json.ts';
import { DAY_MS } from '../model/time.ts';
import { versionOf } from '../model/version-of.ts';
import type { Clock } from '../ports/clock.ts';
import type { History } from '../ports/history.ts';
import type {
  EventType,
  EventTypeSummary,
  SchemaCheckQuestion,
  SchemaService,
} from '../serve/schema-service.ts';
import type { DefinitionKind, Jobs, JobView, ReportProgress } from '../serve/services.ts';
import { createEventCheck } from './schema-check/check-event.ts';
import { SchemaFaults } from './schema-check/schema-faults.ts';
import { countStoredEvents, readStoredEvents } from './schema-check/stored-events.ts';

export interface SchemaChecksOptions {
  readonly schemas: LiveSchemas;
  readonly definitions: Pick<Definitions, 'entry'>;
  /** Schemas as the API changes them: a draft is held to the same rules. */
  readonly kind: Pick<DefinitionKind, 'editor'>;
  readonly jobs: Jobs;
  readonly history: Pick<History, 'query'>;
  readonly reach: Pick<HistoryReach, 'now'>;
  readonly clock: Clock;
  readonly defaultCurrency: string;
}

/** Which event types are known, and which of the events that history holds a changed schema would refuse. */
export function createSchemaService(options: SchemaChecksOptions): SchemaService {
  const { schemas } = options;
  return {
    types: () =>
      [...new Set([...schemas.shipped.types.keys(), ...schemas.own().keys()])]
        .sort()
        .map((name) => summaryOf(name, schemas)),
    type: (name) => typeOf(name, schemas),
    check: (question) => start(question, options),
  };
}

function summaryOf(name: string, schemas: LiveSchemas): EventTypeSummary {
  const base = schemas.shipped.types.get(name);
  const own = schemas.own().get(name)?.own;
  return {
    event: name,
    title: base?.title ?? String(own?.document.title ?? name),
    description: base?.description ?? String(own?.document.description ?? ''),
    shipped: base?.label ?? null,
    defined: own?.label ?? null,
  };
}

function typeOf(name: string, schemas: LiveSchemas): EventType | undefined {
  const found = schemas.find(name);
  if (found === undefined) return undefined;
  const { types, documents } = schemas.shipped;
  return {
    ...summaryOf(name, schemas),
    shipped_schema: types.has(name) ? (documents.get(name) ?? null) : null,
    schema: found.own?.document ?? null,
  };
}

function start(question: SchemaCheckQuestion, options: SchemaChecksOptions): JobView {
  const { event, days = limits.schemaCheckDays, author } = question;
  const definition = definitionOf(question, options);
  return options.jobs.create({
    kind: 'schema_check',
    author,
    run: async (report, signal) => {
      await options.reach.now();
      const to = options.clock.now() + 1;
      const from = Math.max(0, to - days * DAY_MS);
      return await run(
        { event, definition, from, to, report, pace: new Pace(options.clock, signal) },
        options,
      );
    },
  });
}

function definitionOf(
  { event, definition }: SchemaCheckQuestion,
  { kind, definitions }: SchemaChecksOptions,
): EventSchemaDefinition {
  if (definition !== undefined) {
    if (kind.editor === undefined) throw new TesseraError('not_found');
    // The editor of schemas answers a schema.
    return kind.editor.check(event, definition) as unknown as EventSchemaDefinition;
  }
  const known = definitions.entry.schemas?.find((each) => each.definition.name === event);
  if (known === undefined)
    throw new TesseraError(
      'not_found',
      'There is no schema of this name; give the one to check as definition.',
    );
  return known.definition;
}

interface Running {
  readonly event: string;
  readonly definition: EventSchemaDefinition;
  readonly from: number;
  readonly to: number;
  readonly report: ReportProgress;
  readonly pace: Pace;
}

async function run(
  { event, definition, from, to, report, pace }: Running,
  { schemas, definitions, history, defaultCurrency }: SchemaChecksOptions,
): Promise<JsonObject> {
  const { shipped } = schemas;
  const inForce = definitions.entry.schemas?.find((each) => each.definition.name === event);
  const now = schemas.own().get(event);
  const check = createEventCheck({
    definition,
    base: shipped.types.get(event) ?? shipped.custom,
    inForce: inForce && now && { schema: now, since: inForce.since ?? 0 },
    defaultCurrency,
  });
  const question = { type: event, from, to };
  const total = await countStoredEvents(history, question);
  const faults = new SchemaFaults();
  let done = 0;
  for await (const page of readStoredEvents(history, question)) {
    for (const stored of page) {
      faults.add(stored, check(stored));
      done++;
      if (pace.isDue()) await pace.rest();
    }
    report({ done: Math.min(done, total), total, note: `${event}: ${faults.refused} would be refused` });
    pace.check();
  }
  const { verdict, changes } = compareEventSchemas({
    before: inForce?.definition.schema,
    after: definition.schema,
    shipped: shipped.types.get(event)?.shape.known ?? new Set(),
  });
  return {
    event,
    schema_version: `${event}@${versionOf(definition)}`,
    from,
    to,
    compatibility: verdict,
    changes: changes.map((change) => ({ ...change })),
    ...faults.describe(),
  };
}
