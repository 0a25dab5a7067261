/** What JSON Schema says of a value that does not fit; the parts of an error of ajv that tell people what to change. */
export interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string | undefined;
}

/** Where a value does not fit its schema (a pointer, `/` for the whole), and what it should be. */
export interface SchemaComplaint {
  readonly path: string;
  readonly text: string;
}

/** The first thing that is wrong; what `if` and `oneOf` say of themselves tells nobody anything. */
export function firstComplaint(errors: readonly SchemaError[] | null | undefined): SchemaComplaint {
  const telling = errors?.find(({ keyword }) => !WRAPPERS.has(keyword)) ?? errors?.[0];
  if (telling === undefined) return { path: '/', text: 'does not fit its schema' };
  return { path: telling.instancePath || '/', text: explainSchemaError(telling) };
}

const WRAPPERS: ReadonlySet<string> = new Set(['if', 'oneOf', 'anyOf', 'not']);

export function explainSchemaError({
  keyword,
  params,
  message = 'does not fit its schema',
}: SchemaError): string {
  const { allowedValues, allowedValue, additionalProperty, missingProperty, propertyName } = params;
  switch (keyword) {
    case 'enum':
      return `must be one of ${Array.isArray(allowedValues) ? allowedValues.join(', ') : 'the listed values'}`;
    case 'const':
      return `must be ${String(allowedValue)}`;
    case 'additionalProperties':
      return `does not know ${printable(additionalProperty)}`;
    case 'required':
      return `needs ${printable(missingProperty)}`;
    case 'propertyNames':
      return `does not know ${printable(propertyName)}`;
    case 'false schema':
      return 'has no place here';
    default:
      return message;
  }
}

/** A key that somebody wrote, for an error: short, and without what could be an identifier's characters. */
function printable(key: unknown): string {
  return /^[a-z][a-z_.]{0,63}$/i.test(String(key)) ? String(key) : 'one of its keys';
}
