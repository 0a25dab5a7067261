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
    case 'pattern':
      return patternTexts.get(String(params.pattern)) ?? message;
    case 'false schema':
      return 'has no place here';
    default:
      return message;
  }
}

/** What the patterns of the shipped schemas mean; whoever wrote `300y` learns nothing from an expression. */
export const patternTexts: ReadonlyMap<string, string> = new Map([
  [
    '^[a-z][a-z0-9_]{0,63}(\\.[a-z][a-z0-9_]{0,63})?$',
    'must be a purpose such as personalization, or one with its part behind a dot, such as marketing.sms',
  ],
  ['^[1-9][0-9]{0,6}[smhd]$', 'must be a duration such as 30s, 15m, 24h or 7d'],
  ['^([1-9][0-9]{0,6}[smhd]|never)$', 'must be never, or a duration such as 30s, 15m, 24h or 7d'],
  ['^(0|[1-9][0-9]{0,3})[smhd]$', 'must be a duration such as 0d, 15m, 24h or 7d'],
  [
    '^(lifetime|day|week|month|session|[1-9][0-9]{0,6}[smhd])$',
    'must be lifetime, day, week, month, session or a duration such as 30m, 24h or 7d',
  ],
  [
    '^[a-z][a-z0-9_]{0,63}$',
    'must be a name: lower-case letters, digits and _, beginning with a letter, at most 64',
  ],
  [
    '^(\\*|[a-z][a-z0-9_]{0,63})$',
    'must be * or a name: lower-case letters, digits and _, beginning with a letter, at most 64',
  ],
  ['^[a-z0-9_]{1,64}$', 'must be lower-case letters, digits and _, at most 64'],
  ['^([01][0-9]|2[0-3]):[0-5][0-9]$', 'must be a time of day such as 22:00'],
  ['^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', 'must be a day such as 2026-11-11'],
  ['^[A-Z]{3}$', 'must be a currency such as CNY'],
  ['^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$', 'must be a language such as en or zh-CN'],
  [
    '^(type|source|channel|currency|time|id|store|(properties|traits|context|order)(\\.[^.\\[\\]]+(\\[\\])?)+)$',
    'must be a path into the event, such as properties.item_id or properties.products[].category',
  ],
]);

/** A key that somebody wrote, for an error: short, and without what could be an identifier's characters. */
function printable(key: unknown): string {
  return /^[a-z][a-z_.]{0,63}$/i.test(String(key)) ? String(key) : 'one of its keys';
}
