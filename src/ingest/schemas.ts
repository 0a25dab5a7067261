/** The JSON Schemas of the taxonomy, read at start, and each compiled once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { checkLazily, type SchemaCheck } from '../model/schema-check.ts';
import { versionOf } from '../model/version-of.ts';
import type { OwnSchema } from './own-schemas/own-schema.ts';
import { type PersonalField, type Resolve, readPersonal, readShape, type Shape } from './shape.ts';

export interface EventSchema {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  /** Compiled with the first event of the type. */
  readonly validate: SchemaCheck<ErrorObject>;
  readonly shape: Shape;
  /** Personal fields below `properties`, with their keys from the event's root. */
  readonly personal: readonly PersonalField[];
  /** What quarantine calls it: `name@version`, the version being the hash of the document. */
  readonly label: string;
  /** What a definition asks beside it; absent while there is none. */
  readonly own?: OwnSchema;
}

export interface EventSchemas {
  /** The canonical event around the properties. Its `personal` names what is personal among the traits. */
  readonly envelope: EventSchema;
  /** For types that are not in the taxonomy. */
  readonly custom: EventSchema;
  readonly types: ReadonlyMap<string, EventSchema>;
  /** The documents as written, by file name without `.json`: for the API description. */
  readonly documents: ReadonlyMap<string, JsonObject>;
}

const SHARED = 'common';
const ENVELOPE = 'envelope';
const CUSTOM = 'custom';
/** What makes ajv's documents say things that it does not check: see shape.ts. */
export const SCHEMA_ANNOTATIONS = ['x-aliases', 'x-money', 'x-as', 'x-fallback', 'x-personal', 'x-class'];

/** The schemas of the taxonomy that come with the engine. */
export function loadShippedSchemas(): EventSchemas {
  return loadEventSchemas(fileURLToPath(new URL('../../schemas/events', import.meta.url)));
}

/** Reads every schema of `dir`. Throws `invalid_config` for a file that is missing, unreadable or no schema. */
export function loadEventSchemas(dir: string): EventSchemas {
  const documents = readDocuments(dir);
  // No $data (it opens regular expressions to input) and no allErrors (it lets one event cost many checks).
  // strictRequired would not see properties that come in by allOf.
  const ajv = new Ajv2020({
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    allErrors: false,
    $data: false,
    // Shipped schemas are held against theirs by a test, which takes a tenth of a second.
    validateSchema: false,
  });
  ajv.addVocabulary([...SCHEMA_ANNOTATIONS]);
  formats.default(ajv);
  const resolve = resolver(documents);
  const shared = required(documents, SHARED, dir);
  ajv.addSchema(shared);
  // Types refer to its traits.
  ajv.addSchema(required(documents, ENVELOPE, dir));
  const compiled = new Map<string, EventSchema>();
  for (const [name, document] of documents) {
    if (name !== SHARED) compiled.set(name, compile(ajv, { name, document, shared, resolve }));
  }
  const envelope = required(compiled, ENVELOPE, dir);
  const custom = required(compiled, CUSTOM, dir);
  compiled.delete(ENVELOPE);
  compiled.delete(CUSTOM);
  return { envelope, custom, types: compiled, documents };
}

function readDocuments(dir: string): Map<string, JsonObject> {
  const documents = new Map<string, JsonObject>();
  try {
    for (const file of readdirSync(dir).sort()) {
      if (!file.endsWith('.json')) continue;
      const document: unknown = JSON.parse(readFileSync(join(dir, file), 'utf8'));
      if (!isJsonObject(document))
        throw new TesseraError('invalid_config', `schema ${file} is not an object`);
      documents.set(file.slice(0, -'.json'.length), document);
    }
  } catch (cause) {
    if (cause instanceof TesseraError) throw cause;
    throw new TesseraError('invalid_config', 'the event schemas cannot be read', { cause });
  }
  return documents;
}

interface Source {
  readonly name: string;
  readonly document: JsonObject;
  readonly shared: JsonObject;
  readonly resolve: Resolve;
}

function compile(ajv: Ajv2020, source: Source): EventSchema {
  const { name, document, resolve } = source;
  let label: string | undefined;
  return {
    // Of those that ever refuse an event: a start has better to do than to hash all of them.
    get label() {
      label ??= `${name}@${versionOf(document)}`;
      return label;
    },
    type: name,
    title: String(document.title ?? name),
    description: String(document.description ?? ''),
    validate: checkLazily(() => ajv.compile(document)),
    shape: readShape(document, document, resolve),
    personal: personalFields(source),
  };
}

/** What the schema marks, and what is personal in any event that carries it, whatever its type. */
function personalFields(source: Source): readonly PersonalField[] {
  const { name, document, shared, resolve } = source;
  if (name === ENVELOPE) return readPersonal(document, [], { document, resolve });
  const anywhere = resolve('#/$defs/personal_anywhere', shared).schema;
  const fields = new Map<string, PersonalField>();
  for (const field of readPersonal(anywhere, ['properties'], { document: shared, resolve })) {
    fields.set(field.keys.join('/'), field);
  }
  for (const field of readPersonal(document, ['properties'], { document, resolve })) {
    fields.set(field.keys.join('/'), field);
  }
  return [...fields.values()];
}

/** Follows `#/$defs/x` and `file.json#/$defs/x`, the only two forms that the schemas use; any path of a document will do. */
function resolver(documents: ReadonlyMap<string, JsonObject>): Resolve {
  return (reference, document) => {
    const [file = '', path = ''] = reference.split('#');
    const target = file === '' ? document : documents.get(file.replace(/\.json$/, ''));
    let schema: unknown = target;
    for (const step of path.split('/').slice(1)) schema = isJsonObject(schema) ? schema[step] : undefined;
    if (target === undefined || !isJsonObject(schema)) {
      throw new TesseraError('invalid_config', `a schema refers to ${reference}, which does not exist`);
    }
    return { schema, document: target };
  };
}

function required<T>(map: ReadonlyMap<string, T>, name: string, dir: string): T {
  const value = map.get(name);
  if (value === undefined) throw new TesseraError('invalid_config', `${name}.json is missing in ${dir}`);
  return value;
}
