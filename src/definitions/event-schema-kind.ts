import { compareEventSchemas } from '../ingest/own-schemas/compare-event-schemas.ts';
import type { EventSchemaDefinition } from '../model/event-schema.ts';
import type { DefinitionKind } from '../serve/services.ts';
import type { DefinitionKindsOptions } from './definition-kinds.ts';
import type { WriteDefinitions } from './definition-writer.ts';
import { createEventSchemaReader } from './event-schema-reader.ts';
import { createListedKind, type ListedKind } from './listed-kind.ts';

/** What events have to look like beside the shipped schemas. A changed one holds from the next event on that ingest takes. */
export function createEventSchemaKind(
  options: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const { definitions, pack, eventSchemas } = options;
  const kind: ListedKind<EventSchemaDefinition> = {
    read: createEventSchemaReader(eventSchemas && (() => eventSchemas)),
    originals: pack.schemas ?? [],
    inForce: ({ schemas = [] }) => schemas,
    asPart: (schemas) => ({ schemas }),
    warnings: ({ name, schema }) => {
      const inForce = definitions.entry.schemas?.find(({ definition }) => definition.name === name);
      const before = inForce?.definition.schema;
      const shipped = eventSchemas?.types.get(name)?.shape.known ?? new Set<string>();
      return compareEventSchemas({ before, after: schema, shipped })
        .changes.filter(({ effect }) => effect !== 'compatible')
        .map(({ path, text, effect }) =>
          effect === 'incompatible'
            ? `${path}: ${text}; events that fitted until now may be refused`
            : `${path}: ${text}; whether events that fitted until now still fit cannot be told from the schemas alone`,
        );
    },
  };
  return createListedKind(kind, options, write);
}
