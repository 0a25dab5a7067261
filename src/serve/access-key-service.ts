import type { KeyKind, KeyTerms, Scope } from '../model/access-key.ts';
import type { JsonObject } from '../model/json.ts';

/** Who asks, and what they hold: nobody hands out more than that. */
export interface KeyGiver {
  readonly author: string;
  readonly scopes: ReadonlySet<Scope>;
}

export interface NewKey {
  readonly name: string;
  readonly kind: KeyKind;
  readonly terms: KeyTerms;
}

/**
 * Keys as operators see them and change them. A key is named by its id, or by its name while it is not revoked. What changes
 * one is a record of the log and known to this node when it is answered, to all others within seconds.
 * Fails with `key_not_found`, `key_name_taken`, `key_revoked`, `key_rotating`, `keys_full`, and with `forbidden`
 * where the giver lacks a scope that the key has or gets.
 */
export interface AccessKeyDesk {
  /** All of them, those of the configuration first. */
  list(): readonly JsonObject[];
  show(ref: string): JsonObject;
  /** The key with its text as `key`, which is kept nowhere. */
  create(wanted: NewKey, giver: KeyGiver): Promise<JsonObject>;
  change(ref: string, terms: Partial<KeyTerms>, giver: KeyGiver): Promise<JsonObject>;
  /** With the text of the new secret as `key`; the one before is good for `graceMs` more. */
  rotate(ref: string, graceMs: number, giver: KeyGiver): Promise<JsonObject>;
  revoke(ref: string, giver: KeyGiver): Promise<JsonObject>;
}
