import type { ErasureService } from './erasure-service.ts';
import type { Exports } from './export-service.ts';
import type { Restrictions } from './restriction-service.ts';
import type { Retention } from './retention-service.ts';

/** What people may ask of whoever holds their data, and how long it is held. */
export interface PersonRightsServices {
  readonly restrictions: Restrictions;
  readonly exports: Exports;
  readonly retention: Retention;
  readonly erasures: ErasureService;
}
