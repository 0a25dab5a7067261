import { createCommandKeySource } from '../adapters/command/master-key.ts';
import { forgetMasterKey, openSecrets, type Secrets } from '../adapters/embedded/secrets.ts';
import { decodeKeyBytes } from '../config/config-file.ts';
import type { Config } from '../config.ts';
import { TesseraError } from '../errors.ts';
import { KeyWrapping } from '../ingest/key-wrapping.ts';
import { createKeyring, type Keyring } from '../ingest/keyring.ts';
import { openRootSecret } from '../ingest/root-secret.ts';
import type { Clock } from '../ports/clock.ts';
import type { Storage } from './storage.ts';

/** What wraps the stored keys now, and what may still be needed to read some of them. */
export interface MasterKeys {
  readonly wrapping: KeyWrapping;
  readonly keys: Storage['keys'];
  /** Nothing is wrapped any more under the master key that the data directory has made up. */
  forgetPrevious(): void;
}

/** The secrets of this node; the master key perhaps from outside. Fails with `master_key_unavailable`. */
export async function readSecrets(config: Config): Promise<Secrets> {
  return openSecrets(config.dataDirectory, { ...config, masterKey: await readGivenMasterKey(config) });
}

/** The master key from outside, where there is one. Fails with `master_key_unavailable`. */
export async function readGivenMasterKey({
  masterKey,
  masterKeyCommand: command,
}: Pick<Config, 'masterKey' | 'masterKeyCommand'>): Promise<Uint8Array | undefined> {
  if (command === undefined) return masterKey;
  const printed = await createCommandKeySource(command).read();
  return decodeKeyBytes(printed, (problem) => {
    throw new TesseraError('master_key_unavailable', `What TESSERA_MASTER_KEY_COMMAND prints ${problem}.`);
  });
}

/** All keys of the deployment, and the master keys that they hang on. Fails with `key_mismatch` for others. */
export async function openKeys(
  { space, dataDirectory }: Pick<Config, 'space' | 'dataDirectory'>,
  { masterKey: master, masterKeyPrevious: previous }: Secrets,
  { storage, clock }: { readonly storage: Storage; readonly clock: Clock },
): Promise<{ readonly keyring: Keyring; readonly masterKeys: MasterKeys }> {
  const { keys } = storage;
  const named = { master, previous, space, keys };
  const root = await openRootSecret({ ...named, founded: await storage.founded() });
  const keyring = createKeyring({ ...named, root, clock });
  await storage.checkFingerprint(keyring.fingerprint);
  const masterKeys = {
    wrapping: new KeyWrapping(named),
    keys,
    forgetPrevious: () => forgetMasterKey(dataDirectory, master),
  };
  return { keyring, masterKeys };
}
