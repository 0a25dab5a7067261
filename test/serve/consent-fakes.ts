import { TesseraError } from '../../src/errors.ts';
import type { Consents, Sharing } from '../../src/serve/consent-service.ts';

/** What was asked of the desks comes back as their answer. */
export function fakeConsents(): { readonly consents: Consents; readonly sharing: Sharing } {
  const known = (profile: string): string => {
    if (profile === 'none') throw new TesseraError('profile_not_found');
    return profile;
  };
  return {
    consents: {
      of: async (profile, limit) => ({ profile_id: known(profile), limit }),
      enter: async ({ profile, consent, reason }, author) => ({
        profile_id: known(profile),
        consent,
        reason,
        author,
      }),
      receipt: async (profile) => ({ pii_principal_id: known(profile) }),
      due: async ({ notice = '', after, limit }) => ({ people: [], notice, after, limit }),
    },
    sharing: {
      rows: async (request, author) => ({ ...request, author }),
      groups: async (request, author) => ({ ...request, author }),
    },
  };
}
