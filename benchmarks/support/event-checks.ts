import { TesseraError } from '../../src/errors.ts';
import { loadShippedSchemas } from '../../src/ingest/schemas.ts';

/** The engine's own JSON Schemas, as ajv compiles them: what every server of the suite that validates asks of an event. */
export function createEventCheck(): (event: unknown) => void {
  const { envelope, types } = loadShippedSchemas();
  return (event) => {
    // ajv has to say whether it is one.
    const { type, properties } = event as { readonly type?: string; readonly properties?: object };
    const own = types.get(type ?? '');
    if (own === undefined || !envelope.validate(event) || !own.validate(properties))
      throw new TesseraError('internal', `an event of type ${type} is not valid`);
  };
}
