import { allScopes, type KeyKind, type Scope } from '../model/access-key.ts';
import type { EpochMs } from '../model/time.ts';
import { type AccessKey, type Authenticator, createAuthenticator } from './authenticate.ts';
import { KnownKeys } from './issued-keys.ts';

/** A key of the configuration without its text: it is shown, and changed there. */
export interface ConfiguredKey {
  readonly name: string;
  readonly kind: KeyKind;
  readonly scopes: readonly Scope[];
  readonly origins: 'any' | readonly string[];
}

/** Who may do what at this node: keys of its configuration, and those that the engine has made. */
export interface Access {
  readonly authenticator: Authenticator;
  readonly configured: readonly ConfiguredKey[];
  readonly known: KnownKeys;
  /** Of the text of a key that the engine has made. */
  readonly digestOf: (key: string) => string;
  readonly random: (size: number) => Uint8Array;
}

export interface AccessOptions extends Pick<Access, 'digestOf' | 'random'> {
  readonly keys: readonly AccessKey[];
  readonly now: () => EpochMs;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
}

export function createAccess({ keys, digestOf, random, now, elapsed }: AccessOptions): Access {
  const known = new KnownKeys({ digestOf, now, elapsed });
  const configured = keys.map(withoutText);
  return { authenticator: createAuthenticator(keys, known), configured, known, digestOf, random };
}

function withoutText({ key, name, scopes, origins = 'any' }: AccessKey): ConfiguredKey {
  const kind = key.startsWith('wk_') ? 'write' : 'secret';
  return { name, kind, scopes: kind === 'write' ? ['ingest'] : inOrder(scopes), origins };
}

function inOrder(scopes: readonly Scope[]): readonly Scope[] {
  return allScopes.filter((scope) => scopes.includes(scope));
}
