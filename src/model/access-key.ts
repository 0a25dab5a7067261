import type { EpochMs } from './time.ts';

/** What a key may be allowed to do; routes name what they ask for. */
export const allScopes = ['ingest', 'read', 'pii', 'define', 'privacy', 'admin'] as const;

export type Scope = (typeof allScopes)[number];

/** Write keys are public, lie in pages and apps, and may only ingest; what they state verifies nothing. */
export type KeyKind = 'write' | 'secret';

/** What a key may do, and until when; all of it can be changed while the key goes on. */
export interface KeyTerms {
  /** Of write keys nothing but `ingest`. */
  readonly scopes: readonly Scope[];
  /** Origins of the pages that may use it, such as `https://shop.example`. */
  readonly origins: 'any' | readonly string[];
  /** Requests per second, at each node; 0: as many as come. */
  readonly requestsPerSecond: number;
  /** Events per second, at each node; 0: as many as come. */
  readonly eventsPerSecond: number;
  /** 0: never. */
  readonly expiresAt: EpochMs;
}

/** What can be known of a secret without knowing it. */
export interface SecretRecord {
  /** HMAC-SHA-256 of its text, in hex; the key of that is no part of the log or the state. */
  readonly digest: string;
  /** Its last characters, so that people can tell two apart. */
  readonly hint: string;
}

export interface KeptSecret extends SecretRecord {
  readonly since: EpochMs;
  /** When a successor takes over for good; 0 for the newest, which lives as long as its key. */
  readonly until: EpochMs;
}

/** A key that the engine has made, as the state keeps it. */
export interface AccessKeyEntry extends KeyTerms {
  readonly id: string;
  /** Author in audits, and source of what is sent with it: so a successor takes the name over. */
  readonly name: string;
  readonly kind: KeyKind;
  /** The newest first; two while one takes over from the other. */
  readonly secrets: readonly KeptSecret[];
  readonly author: string;
  readonly createdAt: EpochMs;
  readonly revoked?: { readonly at: EpochMs; readonly by: string };
}

/** State entry `n/keys`: all keys that the engine has made, in the order in which it made them; of revoked ones the last. */
export interface AccessKeys {
  readonly keys: readonly AccessKeyEntry[];
}

/** What an operator wants of a key, as the log has it. */
export type AccessKeyChange =
  | {
      readonly action: 'create';
      readonly id: string;
      readonly name: string;
      readonly kind: KeyKind;
      readonly terms: KeyTerms;
      readonly secret: SecretRecord;
    }
  /** What is not named stays as it is. */
  | { readonly action: 'change'; readonly id: string; readonly terms: Partial<KeyTerms> }
  /** The newest secret so far goes on for `graceMs`; with 0 every one before ends at once. */
  | {
      readonly action: 'rotate';
      readonly id: string;
      readonly secret: SecretRecord;
      readonly graceMs: number;
    }
  | { readonly action: 'revoke'; readonly id: string };
