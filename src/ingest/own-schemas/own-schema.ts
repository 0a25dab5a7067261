import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { TesseraError } from '../../errors.ts';
import type { EventSchemaDefinition } from '../../model/event-schema.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { checkLazily, type SchemaCheck } from '../../model/schema-check.ts';
import { SCHEMA_ANNOTATIONS } from '../schemas.ts';
import { type PersonalField, type Resolve, readPersonal, readShape, type Shape } from '../shape.ts';
import { boundedExpression } from './bounded-expression.ts';

/** What the owner of an event type asks of its properties, beside the shipped schema. */
export interface OwnSchema {
  readonly name: string;
  /** Hash of the definition: what the API answers as its `version`. */
  readonly version: string;
  /** What quarantine calls it. */
  readonly label: string;
  readonly document: JsonObject;
  /** Of properties under their canonical names, before amounts become minor units. Compiled with the first event of the type. */
  readonly validate: SchemaCheck<ErrorObject>;
  /** What its annotations say; it is they that are read, whatever the words around them. */
  readonly shape: Shape;
  readonly personal: readonly PersonalField[];
  /** Throws what the library says where it is no schema. */
  compile(): void;
}

export function compileOwnSchema(
  { name, schema }: EventSchemaDefinition,
  version: string,
  { wrap = (same: JsonObject) => same }: { readonly wrap?: (schema: JsonObject) => JsonObject } = {},
): OwnSchema {
  let compiled: ValidateFunction | undefined;
  const compile = (): ValidateFunction => {
    compiled ??= createAjv().compile(wrap(schema));
    return compiled;
  };
  return {
    name,
    version,
    label: `${name}@${version}`,
    document: schema,
    validate: checkLazily(compile),
    // A property that JSON Schema lets be null or empty is left as it is: the owner has said what fits.
    shape: { ...readShape(schema, schema, resolveWithin), known: new Set<string>() },
    personal: readPersonal(schema, ['properties'], { document: schema, resolve: resolveWithin }),
    compile: () => void compile(),
  };
}

/** One for each schema, so that nothing is left of a schema that is in force no more. */
function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    // JSON Schema allows these, and their authors mean what they say.
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
    allErrors: false,
    $data: false,
    // The schema of such definitions has said what they may hold.
    validateSchema: false,
    addUsedSchema: false,
    code: { regExp: boundedExpression },
  });
  ajv.addVocabulary([...SCHEMA_ANNOTATIONS]);
  formats.default(ajv, ['date', 'time', 'date-time', 'uuid', 'email']);
  return ajv;
}

const resolveWithin: Resolve = (reference, document) => {
  const target = definitionOf(reference, document);
  if (target !== undefined) return { schema: target, document };
  throw new TesseraError('invalid_definition', `event schema: there is no ${reference}`);
};

/** What `#/$defs/name` stands for; such a reference is the only kind that there is. */
export function definitionOf(reference: string, document: JsonObject): JsonObject | undefined {
  const name = reference.slice('#/$defs/'.length);
  const { $defs: definitions } = document;
  const found = isJsonObject(definitions) && Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  return isJsonObject(found) ? found : undefined;
}
