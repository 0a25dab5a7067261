import type { SchemaError } from './schema-error.ts';

/** Holds a value against a schema; what does not fit is in `errors` afterwards. */
export interface SchemaCheck<Problem extends SchemaError = SchemaError> {
  (value: unknown): boolean;
  errors?: readonly Problem[] | null | undefined;
}

/** A compiled schema, as the library gives it. */
interface Compiled<Problem> {
  (value: unknown): unknown;
  readonly errors?: readonly Problem[] | null | undefined;
}

/**
 * Compiles the schema with the first value that is held against it. To compile all that are shipped takes a third of a second
 * of each start, most of it for what this engine will never be sent; one takes some milliseconds, once.
 */
export function checkLazily<Problem extends SchemaError>(
  compile: () => Compiled<Problem>,
): SchemaCheck<Problem> {
  let compiled: Compiled<Problem> | undefined;
  const check: SchemaCheck<Problem> = (value) => {
    compiled ??= compile();
    if (compiled(value) === true) return true;
    check.errors = compiled.errors;
    return false;
  };
  return check;
}
