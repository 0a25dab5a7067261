import { Readable } from 'node:stream';
import { TesseraError } from '../../src/errors.ts';
import type { ErasureView } from '../../src/serve/erasure-service.ts';
import type { ExportView } from '../../src/serve/export-service.ts';
import type { PersonRightsServices } from '../../src/serve/person-rights-service.ts';
import type { RestrictionView } from '../../src/serve/restriction-service.ts';
import type { Jobs } from '../../src/serve/services.ts';

const PROFILE = '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e';

/** Rights of one person who is known; the text of an export says for whom it was read. */
export function fakeRights(jobs: Jobs): PersonRightsServices {
  const known = (profile: string): string => {
    if (profile === PROFILE || profile.startsWith('phone:1390000')) return PROFILE;
    throw new TesseraError('profile_not_found');
  };
  const restriction = (profile: string, reason: string): RestrictionView => {
    const view = { profile_id: known(profile), restricted: reason !== '' };
    return reason === '' ? view : { ...view, reason };
  };
  const exported = (id: string): ExportView => {
    if (id !== 'x-1') throw new TesseraError('export_not_found');
    const times = { created_at: 1, expires_at: null };
    return { id, profile_id: PROFILE, job: 'j-1', status: 'writing', ...times, bytes: 0 };
  };
  const erased = (id: string): ErasureView => ({
    id,
    status: 'running',
    author: 'server',
    requested_at: 1,
    done_at: null,
    profiles: [PROFILE],
    identifiers: 1,
    note: 'queued',
  });
  return {
    erasures: {
      async request(people) {
        for (const person of people) known(person);
        return erased('e-1');
      },
      erase: async (_people, author) => jobs.create({ kind: 'erasure', author, run: async () => ({}) }),
      get: async (id) => (id === 'e-1' ? erased(id) : undefined),
      list: async () => [erased('e-1')],
    },
    restrictions: {
      read: async (profile) => restriction(profile, ''),
      restrict: async (profile, reason) => restriction(profile, reason || 'none given'),
      lift: async (profile) => restriction(profile, ''),
    },
    exports: {
      async start(profile, author, hours) {
        known(profile);
        const job = jobs.create({ kind: 'export', author, run: async () => ({ hours: hours ?? 0 }) });
        return { job, export: exported('x-1') };
      },
      view: exported,
      async open(id, token, author) {
        if (exported(id).id === '' || token !== 'good') throw new TesseraError('export_not_found');
        return { text: Readable.from([`{"for":"${author}"}`]), profile: PROFILE };
      },
      forget: async () => undefined,
    },
    retention: {
      view: () => ({ rules: [], last_run: null, last_run_at: null }),
      run: ({ dry }, author) =>
        jobs.create({ kind: 'retention', author, run: async () => ({ dry_run: dry }) }),
    },
  };
}
