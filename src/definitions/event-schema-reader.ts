import { TesseraError } from '../errors.ts';
import { canonicalName } from '../ingest/names.ts';
import { checkOwnSchema } from '../ingest/own-schemas/check-own-schema.ts';
import { compileOwnSchema } from '../ingest/own-schemas/own-schema.ts';
import { type EventSchemas, loadShippedSchemas } from '../ingest/schemas.ts';
import { limits } from '../limits.ts';
import type { EventSchemaDefinition } from '../model/event-schema.ts';
import { versionOf } from '../model/version-of.ts';
import { refuseDefinition, schemaOf } from './definition-checks.ts';

/**
 * Reads the schema of an event type as its author wrote it; fails with `invalid_definition` and the place: in words that are
 * known, bounded in what it may cost, not at odds with the shipped schema of the type, and one that compiles.
 */
export function createEventSchemaReader(
  shipped: () => EventSchemas = loadOnce(),
): (raw: unknown) => EventSchemaDefinition {
  const validate = schemaOf('event-schema');
  return (raw) => {
    const size = Buffer.byteLength(JSON.stringify(raw));
    if (size > limits.eventSchemaBytesMax)
      refuse('/schema', `takes ${size} bytes; at most ${limits.eventSchemaBytesMax} are allowed`);
    if (!validate(raw)) return refuseDefinition('event schema', validate);
    // What the schema has said is a definition is one.
    const definition = raw as EventSchemaDefinition;
    checkName(definition);
    const { types, custom } = shipped();
    checkOwnSchema(definition, types.get(definition.name) ?? custom);
    try {
      compileOwnSchema(definition, versionOf(definition)).compile();
    } catch (cause) {
      if (cause instanceof TesseraError) throw cause;
      // What the library says of it names keywords, never events.
      const why = cause instanceof Error ? cause.message : 'is no JSON Schema';
      throw new TesseraError('invalid_definition', `event schema, /schema: ${why}`, {
        path: '/schema',
        cause,
      });
    }
    return definition;
  };
}

/** A schema under a name that events never keep would never be asked. */
function checkName({ name }: EventSchemaDefinition): void {
  const canonical = canonicalName(name);
  if (canonical === name) return;
  refuse('/name', `events of the type ${name} are kept as ${canonical ?? 'something else'}; take that name`);
}

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `event schema, ${path}: ${why}`, { path });
}

function loadOnce(): () => EventSchemas {
  let loaded: EventSchemas | undefined;
  return () => {
    loaded ??= loadShippedSchemas();
    return loaded;
  };
}
