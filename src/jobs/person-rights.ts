import { lookUp } from '../desks/operator-events.ts';
import { createRestrictionDesk } from '../desks/restriction-desk.ts';
import { createIdentifierReader } from '../ingest/identifiers.ts';
import type { Keyring } from '../ingest/keyring.ts';
import { createSealer } from '../ingest/seal.ts';
import type { ExportFiles } from '../ports/export-files.ts';
import type { PersonRightsServices } from '../serve/person-rights-service.ts';
import type { ErasedNews } from './erasure/erased-news.ts';
import { Erasures, type ErasuresOptions } from './erasures.ts';
import { type ExportsOptions, PersonExports } from './exports.ts';
import { Retentions, type RetentionsOptions } from './retentions.ts';

type DeskOptions = Parameters<typeof createRestrictionDesk>[0];

export interface PersonRightsParts
  extends DeskOptions,
    Pick<ExportsOptions, 'jobs' | 'reach' | 'audit' | 'onError'>,
    Pick<RetentionsOptions, 'leads'>,
    Omit<ErasuresOptions, 'erased' | 'history'> {
  readonly history: RetentionsOptions['history'] & ErasuresOptions['history'];
  readonly erased: ErasedNews;
  readonly exportFiles: ExportFiles;
  readonly keyring: Keyring;
}

export interface PersonRights extends PersonRightsServices {
  readonly exports: PersonExports;
  /** What goes on by itself begins, and ends. Both idempotent. */
  beginRights(): Promise<void>;
  endRights(): Promise<void>;
  /** What is to be done before anybody is answered, once the node works. */
  catchUpRights(): Promise<void>;
}

/** What people may ask of whoever holds their data, and what the rules of retention ask, as services for routes. */
export function createPersonRights(parts: PersonRightsParts): PersonRights {
  const { identity, keyring, exportFiles: files } = parts;
  const sealer = createSealer(keyring);
  const exports = new PersonExports({
    ...parts,
    files,
    sealer,
    open: (facet, path, sealed) => sealer.open({ facet, path }, sealed),
    readerNow: () =>
      createIdentifierReader({
        policy: parts.definitions.entry.identity.definition,
        indexKey: keyring.indexKey,
        defaultRegion: parts.defaultRegion,
      }),
    find: async (profile) => (await lookUp(profile, identity))?.view.profile_id,
  });
  const erasures = new Erasures(parts);
  const retention = new Retentions({
    ...parts,
    exports,
    erase: (profiles, author) => erasures.erase(profiles, author),
  });
  parts.erased.listen(({ profiles }) => {
    exports.forget(profiles).catch(parts.onError);
  });
  return {
    restrictions: createRestrictionDesk(parts),
    exports,
    retention,
    erasures,
    async beginRights() {
      await exports.begin();
      retention.begin();
      erasures.begin();
    },
    catchUpRights: () => erasures.catchUp(),
    async endRights() {
      retention.stop();
      await erasures.end();
      await exports.stop();
    },
  };
}
