import { readOwnMasterKey } from '../../adapters/embedded/secrets.ts';
import type { Config } from '../../config.ts';
import { TesseraError } from '../../errors.ts';
import { fingerprintOf, openRootSecret } from '../../ingest/root-secret.ts';
import type { Finding } from '../../model/finding.ts';
import { readGivenMasterKey } from '../open-keys.ts';

/** What was sealed, as far as the master key is concerned. */
export interface Sealing {
  /** What the finding names. */
  readonly at: string;
  /** The fingerprint that it was founded under; undefined where nothing is sealed yet. */
  readonly founded: string | undefined;
  /** Reads a stored key. */
  read(name: string): Promise<Uint8Array | undefined>;
}

/** Whether the master key that an engine would start with opens what was sealed. Makes and stores nothing. */
export async function examineMasterKey(config: Config, sealing: Sealing): Promise<readonly Finding[]> {
  const { at, founded, read } = sealing;
  if (founded === undefined) return [];
  try {
    const master = (await readGivenMasterKey(config)) ?? readOwnMasterKey(config.dataDirectory);
    if (master === undefined) {
      const detail = 'none is set, and the data directory has none';
      return [{ code: 'master_key_missing', at, detail }];
    }
    const previous = config.masterKeyPrevious ?? readOwnMasterKey(config.dataDirectory);
    const { space } = config;
    // What would be stored is thrown away instead.
    const keys = { get: read, putIfAbsent: async (_: string, wrapped: Uint8Array) => wrapped };
    const root = await openRootSecret({ master, previous, space, keys, founded });
    if (fingerprintOf(root, space) === founded) return [];
    return [{ code: 'master_key_wrong', at, detail: 'the stored keys belong to another deployment' }];
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const code = error.code === 'key_mismatch' ? 'master_key_wrong' : 'master_key_missing';
    return [{ code, at, detail: error.message }];
  }
}
