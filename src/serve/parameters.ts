import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { readMoment } from '../model/date-time.ts';
import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';

/** One query parameter: how it is documented and how its text is read, in one place. */
export interface Parameter<T> {
  readonly schema: JsonObject;
  /** Text of the parameter, undefined where it is absent; fails with `invalid_parameter`. */
  readonly read: (text: string | undefined, name: string) => T;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

export type ParameterValues<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never;
};

export interface IntegerOptions {
  readonly description: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly fallback: number;
}

export function integerParameter(options: IntegerOptions): Parameter<number> {
  const { description, minimum, maximum, fallback } = options;
  return {
    schema: { type: 'integer', description, minimum, maximum, default: fallback },
    read(text, name) {
      if (text === undefined) return fallback;
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= minimum && value <= maximum) return value;
      throw invalidParameter(name, `must be an integer from ${minimum} to ${maximum}`);
    },
  };
}

export interface TextOptions {
  readonly description: string;
  readonly charactersMax: number;
  readonly pattern?: RegExp;
  readonly example?: string;
}

export function textParameter(options: TextOptions): Parameter<string | undefined> {
  const { description, charactersMax, pattern, example } = options;
  const schema: JsonObject = {
    type: 'string',
    description,
    maxLength: charactersMax,
    ...(pattern === undefined ? {} : { pattern: pattern.source }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
  return {
    schema,
    read(text, name) {
      if (text === undefined || text === '') return undefined;
      if (text.length > charactersMax)
        throw invalidParameter(name, `must have at most ${charactersMax} characters`);
      if (pattern !== undefined && !pattern.test(text))
        throw invalidParameter(name, `must match ${pattern.source}`);
      return text;
    },
  };
}

export interface ChoiceOptions {
  readonly description: string;
  readonly choices: readonly string[];
}

/** One of a few words; undefined where it is absent. */
export function choiceParameter({ description, choices }: ChoiceOptions): Parameter<string | undefined> {
  return {
    schema: { type: 'string', description, enum: choices },
    read(text, name) {
      if (text === undefined || text === '') return undefined;
      if (!choices.includes(text)) throw invalidParameter(name, `must be one of ${choices.join(', ')}`);
      return text;
    },
  };
}

/** What a time of a request may be, for answers and for the document of the API. */
export const TIME_FORMS = 'an RFC 3339 time such as 2026-11-21T10:00:00Z, a day (its midnight in UTC)';

/** An RFC 3339 time, or a day, which is its midnight in UTC; undefined where the text is none, or before 1970. */
export function parseTime(text: string): EpochMs | undefined {
  const at = readMoment(text);
  return at === undefined || at < limits.earliestTimeMs ? undefined : at;
}

/** A moment: RFC 3339, or epoch milliseconds as answers have them. */
export function timeParameter(options: {
  readonly description: string;
  readonly example: string;
}): Parameter<EpochMs | undefined> {
  const { description, example } = options;
  return {
    schema: { type: 'string', description, examples: [example] },
    read(text, name) {
      if (text === undefined || text === '') return undefined;
      // In an address that nobody encoded, the plus of a zone arrives as a space.
      const written = text.replace(/ (?=\d{2}:\d{2}$)/, '+');
      const at = /^\d{12,15}$/.test(text) ? Number(text) : parseTime(written);
      if (at === undefined) throw invalidParameter(name, `must be ${TIME_FORMS} or epoch milliseconds`);
      return at;
    },
  };
}

export function invalidParameter(name: string, problem: string): TesseraError {
  return new TesseraError('invalid_parameter', `The parameter ${name} ${problem}.`, { path: name });
}

/** A key may always stand in the query, for clients that cannot set headers (EventSource, beacons). */
const KEY_PARAMETER = 'writeKey';

/**
 * Reads the query against its description. An unknown parameter is refused rather than ignored: a typing
 * error in `limit`, or `at` on an engine that does not know it yet, must not answer something else quietly.
 */
export function readParameters<P extends Parameters>(parameters: P, query: unknown): ParameterValues<P> {
  const given = typeof query === 'object' && query !== null ? query : {};
  for (const name of Object.keys(given)) {
    if (name !== KEY_PARAMETER && !Object.hasOwn(parameters, name)) {
      throw invalidParameter(printable(name), 'is not known here');
    }
  }
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const text: unknown = Reflect.get(given, name);
    if (text !== undefined && typeof text !== 'string')
      throw invalidParameter(name, 'is given more than once');
    values[name] = parameter.read(text, name);
  }
  // Each value was made by the reader of its own parameter, which is what the mapped type says.
  return values as ParameterValues<P>;
}

function printable(name: string): string {
  return name.replace(/[^\w.-]/g, '?').slice(0, 64);
}

/** The parameters as the JSON Schema that the OpenAPI document lists them from. */
export function parametersSchema(parameters: Parameters): JsonObject {
  const properties: Record<string, JsonObject> = {};
  for (const [name, parameter] of Object.entries(parameters)) properties[name] = parameter.schema;
  return { type: 'object', properties };
}

type Given<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Only what was given. */
export function withoutAbsent<T extends object>(values: T): Given<T> {
  // What the filter leaves out is what the type makes optional.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}
