import type { PersonalKind } from '../../model/mask.ts';

/** A personal value that the event holds, to be sealed. Values that are not text are sealed as JSON. */
export interface PersonalValue {
  /** JSON pointer into the canonical event: `/traits/email`, `/properties/buyers/0/phone`. */
  readonly path: string;
  readonly keys: readonly string[];
  readonly kind: PersonalKind;
}
