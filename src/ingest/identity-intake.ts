import { limits } from '../limits.ts';
import type { Claim, IdentityDirective, KindClaim } from '../model/event.ts';
import type { IdentityPolicy } from '../model/identity-policy.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { createBlocklist } from './blocked-identifiers.ts';
import {
  createIdentifierReader,
  type DroppedIdentifier,
  type IdentifierReader,
  type ReadClaim,
} from './identifiers.ts';
import type { NormalizedEvent } from './normalize.ts';
import { defaultNamespace } from './orders.ts';
import { createNameReader, type ReadName } from './person-name.ts';
import { createKindReader, type ReadKind } from './profile-kind.ts';
import { type Rejection, reject } from './rejection.ts';
import { createSourceRules } from './source-rules.ts';

/**
 * What ingest does with the identity policy: who is an event about, by which claims, and what does it ask of identity
 * beside linking them? Everything is compiled once per version of the policy; a new version is noticed by the next event,
 * at the cost of comparing two strings.
 */
export interface IdentityIntake {
  identify(normalized: NormalizedEvent, sender: Sender): Identification | Rejection;
  /** One identifier, as a path or a command names it. */
  readonly find: IdentifierReader['find'];
}

export interface Sender {
  /** True for secret keys: their claims are verified, unless a rule of the policy says otherwise. */
  readonly verified: boolean;
}

export interface Identification {
  readonly ok: true;
  /** Weakest first. */
  readonly claims: readonly ReadClaim[];
  readonly dropped: readonly DroppedIdentifier[];
  readonly identity?: IdentityDirective | undefined;
  readonly name?: string | undefined;
  readonly kind?: KindClaim | undefined;
  /** The weak claims belong to the place. */
  readonly sharedDevices?: boolean;
  /** Set where identifiers were taken out of the properties: these take their place. */
  readonly properties?: JsonObject | undefined;
}

export interface IdentityIntakeOptions {
  /** The policy in force; another version is another policy. */
  readonly policy: () => { readonly version: string; readonly definition: IdentityPolicy };
  readonly indexKey: Uint8Array;
  /** ISO 3166: whose phone numbers are meant where no country code is written. */
  readonly defaultRegion: string;
}

interface Compiled {
  readonly version: string;
  readonly reader: IdentifierReader;
  readonly sources: ReturnType<typeof createSourceRules>;
  readonly kindOf: ReadKind;
  readonly nameOf: ReadName;
}

const SIGNED_IN: IdentityDirective = Object.freeze({ type: 'signed_in' });
const SIGNED_OUT: IdentityDirective = Object.freeze({ type: 'signed_out' });

export function createIdentityIntake(options: IdentityIntakeOptions): IdentityIntake {
  let compiled = compile(options);
  const current = (): Compiled => {
    if (options.policy().version !== compiled.version) compiled = compile(options);
    return compiled;
  };
  return {
    identify: (normalized, sender) => identify(normalized, sender, current()),
    find: (type, value) => current().reader.find(type, value),
  };
}

function compile({ policy, indexKey, defaultRegion }: IdentityIntakeOptions): Compiled {
  const { version, definition } = policy();
  const reader = createIdentifierReader({ policy: definition, indexKey, defaultRegion });
  return {
    version,
    reader,
    sources: createSourceRules(definition),
    kindOf: createKindReader(definition.kinds, reader.find),
    nameOf: createNameReader(indexKey, createBlocklist(definition.blocked).isNobody),
  };
}

function identify(normalized: NormalizedEvent, sender: Sender, by: Compiled): Identification | Rejection {
  const { event, rawIdentifiers, rawTraits } = normalized;
  const { denied, stated, sharedDevices } = by.sources(event.source, event.channel);
  const verified = sender.verified && !stated;
  const merged = event.type === 'members_merged' ? readMerge(event.properties, verified, by) : undefined;
  if (merged?.ok === false) return merged;
  const read = by.reader.read(rawIdentifiers, rawTraits, { verified, denied, also: merged?.claims });
  if (read.tooMany) {
    return reject(
      'too_many_identifiers',
      '/identifiers',
      `at most ${limits.identifiersPerEventMax} identifiers`,
    );
  }
  const { claims, dropped } = read;
  if (merged !== undefined) {
    const refused = dropped.find(
      ({ code, type }) => code === 'identifier_not_allowed' && type === merged.type,
    );
    if (refused !== undefined) return reject(refused.code, '/properties/kept', refused.message);
  }
  // What names nobody shows nothing about a person either.
  if (claims.length === 0) return { ok: true, claims, dropped };
  return {
    ok: true,
    claims,
    dropped,
    identity: merged?.directive ?? signing(event.type) ?? (verified ? crediting(event, by) : undefined),
    name: event.traits === undefined ? undefined : by.nameOf(event.traits),
    kind: by.kindOf({ event, claims, verified }),
    properties: merged?.properties,
    sharedDevices,
  };
}

/** What is credited once among all people, which only identity can see to. */
function crediting(
  { type, properties }: NormalizedEvent['event'],
  by: Compiled,
): IdentityDirective | undefined {
  if (type === 'order_claimed') {
    const { order_namespace: namespace = defaultNamespace, order_id: id } = properties;
    return { type: 'claim', order: `${String(namespace)}\0${String(id)}` };
  }
  const { status, invitee_user_id: invitee } = properties;
  const told = status === 'signed_up' || status === 'ordered';
  if (type !== 'referral_made' || !told || typeof invitee !== 'string') return undefined;
  const found = by.reader.find('user_id', invitee);
  return 'code' in found ? undefined : { type: 'referral', invitee: linkOf(found) };
}

function signing(type: string): IdentityDirective | undefined {
  if (type === 'signed_in') return SIGNED_IN;
  return type === 'signed_out' ? SIGNED_OUT : undefined;
}

interface MemberMerge {
  readonly ok: true;
  readonly type: string;
  readonly claims: readonly ReadClaim[];
  readonly directive: IdentityDirective;
  /** Without the two numbers: they are claims now, hashed and sealed like every identifier. */
  readonly properties: JsonObject;
}

/** `members_merged`: two memberships of a program are one person. Both are claims of the event. */
function readMerge(properties: JsonObject, verified: boolean, by: Compiled): MemberMerge | Rejection {
  if (!verified) {
    return reject(
      'merge_not_allowed',
      '',
      'Only a verified source may say that two memberships are one person.',
    );
  }
  const { kept, merged, ...rest } = properties;
  const type = properties.program === undefined ? 'member_id' : `member_id@${String(properties.program)}`;
  const stays = memberOf({ type, value: kept, path: '/properties/kept' }, by);
  if (!stays.ok) return stays;
  const goes = memberOf({ type, value: merged, path: '/properties/merged' }, by);
  if (!goes.ok) return goes;
  if (stays.claim.hash === goes.claim.hash) {
    return reject('schema_violation', '/properties/merged', 'must be another membership than the one kept');
  }
  return {
    ok: true,
    type: stays.claim.type,
    claims: [stays.claim, goes.claim],
    directive: { type: 'members_merged', kept: linkOf(stays.claim), merged: linkOf(goes.claim) },
    properties: rest,
  };
}

interface Member {
  readonly type: string;
  readonly value: JsonValue | undefined;
  readonly path: string;
}

function memberOf({ type, value, path }: Member, by: Compiled): { ok: true; claim: ReadClaim } | Rejection {
  const found = by.reader.find(type, String(value));
  if ('code' in found) return reject(found.code, path, found.message);
  return { ok: true, claim: { ...found, verified: found.strong } };
}

function linkOf({ type, hash }: Pick<Claim, 'type' | 'hash'>): string {
  return `${type}:${hash}`;
}
