import type { PersonalKind } from './mask.ts';

/** What an operator says of names of fields, in whatever spelling. */
export interface OwnNames {
  /** Personal, whatever the engine thinks of them. */
  readonly seal?: Readonly<Record<string, PersonalKind>>;
  /** Not personal. */
  readonly clear?: readonly string[];
}

/** Where names may be spoken of: everywhere, or in one part of events. */
export const NAME_PLACES = ['everywhere', 'properties', 'traits', 'context'] as const;
export type PersonalFields = Readonly<Partial<Record<(typeof NAME_PLACES)[number], OwnNames>>>;
