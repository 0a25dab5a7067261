import { TesseraError } from '../../errors.ts';

/** The definition of an event schema cannot be taken, with the place and the reason. */
export function refuseSchema(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `event schema, ${path}: ${why}`, { path });
}
