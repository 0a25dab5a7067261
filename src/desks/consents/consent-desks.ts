import type { AuditTrail } from '../../ports/audit.ts';
import { createEntryCodec } from '../../runner/codec.ts';
import type { Consents, Sharing } from '../../serve/consent-service.ts';
import { type ConsentDeskOptions, createConsentDesk } from './consent-desk.ts';
import { createSharing } from './partner-export.ts';

export interface ConsentDesksOptions extends Omit<ConsentDeskOptions, 'codec'> {
  readonly keyring: { readonly indexKey: Uint8Array };
  readonly audit: AuditTrail;
}

/** What people agreed to and were told, and what may be shared because of it. */
export function createConsentDesks(options: ConsentDesksOptions): {
  readonly consents: Consents;
  readonly sharing: Sharing;
} {
  const codec = createEntryCodec(options.definitions);
  return {
    consents: createConsentDesk({ ...options, codec }),
    // Pseudonyms have to stay as long as identifiers do.
    sharing: createSharing({ ...options, codec, secret: options.keyring.indexKey }),
  };
}
