import { createHmac, randomBytes } from 'node:crypto';
import type { Secrets } from '../adapters/embedded/secrets.ts';
import type { AccessKeyFollower } from '../background/access-key-follower.ts';
import type { Config } from '../config.ts';
import type { Keyring } from '../ingest/keyring.ts';
import { allScopes } from '../model/access-key.ts';
import type { Clock } from '../ports/clock.ts';
import { type Access, createAccess } from '../serve/access.ts';
import type { AccessKey } from '../serve/authenticate.ts';

export interface AccessParts {
  readonly keyring: Pick<Keyring, 'derive'>;
  readonly accessKeys: AccessKeyFollower;
  readonly clock: Clock;
}

/**
 * Who may do what at this node. The key that digests are made with hangs on the deployment's secrets, so that nobody who reads
 * the log or the state can try keys out against it.
 */
export function openAccess(
  config: Pick<Config, 'mode' | 'writeKey' | 'writeKeyOrigins' | 'keys'>,
  secrets: Pick<Secrets, 'writeKey' | 'secretKey'>,
  { keyring, accessKeys, clock }: AccessParts,
): Access {
  const pepper = keyring.derive('access-keys');
  const access = createAccess({
    keys: configuredKeys(config, secrets),
    digestOf: (key) => createHmac('sha256', pepper).update(key).digest('hex'),
    random: randomBytes,
    now: () => clock.now(),
    elapsed: () => performance.now(),
  });
  accessKeys.listen((entries) => access.known.use(entries));
  return access;
}

function configuredKeys(
  config: Pick<Config, 'mode' | 'writeKey' | 'writeKeyOrigins' | 'keys'>,
  { writeKey, secretKey }: Pick<Secrets, 'writeKey' | 'secretKey'>,
): readonly AccessKey[] {
  const web: AccessKey = { key: writeKey, name: 'web', scopes: ['ingest'], origins: config.writeKeyOrigins };
  // Nodes of a deployment share no directory: a write key that one of them makes up would be good at that one alone.
  const hasWeb = config.mode === 'dev' || config.writeKey !== undefined;
  return [...(hasWeb ? [web] : []), { key: secretKey, name: 'server', scopes: allScopes }, ...config.keys];
}
