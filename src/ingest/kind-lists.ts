import { TesseraError } from '../errors.ts';
import type { IdentityPolicy } from '../model/identity-policy.ts';
import {
  createIdentifierReader,
  type DroppedIdentifier,
  type IdentifierReaderOptions,
  type ReadClaim,
} from './identifiers.ts';

/**
 * Lists of identifiers by kind of profile. People write `phone:13900001111`; what the log, the state and the API hold is
 * `phone#<blind index>`, so that a policy gives nobody away.
 */
export interface ListEntry {
  /** With its issuer, where one is written. */
  readonly type: string;
  /** As written; undefined where the entry is a blind index already. */
  readonly value: string | undefined;
  readonly hash: string | undefined;
}

/** An entry that fits the schema, so that one of the two marks is there. */
export function parseListEntry(entry: string): ListEntry {
  const end = entry.search(/[:#]/);
  const type = entry.slice(0, end);
  const rest = entry.slice(end + 1);
  return entry[end] === '#' ? { type, value: undefined, hash: rest } : { type, value: rest, hash: undefined };
}

/** Reads one identifier: its claim, or why it is none. */
export type Find = (
  type: string,
  value: string,
) => Pick<ReadClaim, 'type' | 'hash'> | Pick<DroppedIdentifier, 'code' | 'message'>;

/** The blind index of an entry, or why it has none. */
export function hashOfEntry(entry: string, find: Find): { hash: string } | { problem: string } {
  const { type, value, hash } = parseListEntry(entry);
  if (hash !== undefined) return { hash };
  const found = find(type, value ?? '');
  return 'code' in found ? { problem: found.message } : { hash: found.hash };
}

/**
 * The policy with blind indexes in place of identifiers, read as the policy itself says. Fails with `invalid_definition`
 * for an entry that cannot identify anybody, or that is listed before.
 */
export function blindLists(
  policy: IdentityPolicy,
  keys: Pick<IdentifierReaderOptions, 'indexKey' | 'defaultRegion'>,
): IdentityPolicy {
  const { find } = createIdentifierReader({ ...keys, policy });
  const kindOf = new Map<string, string>();
  const blind = (kind: string, entry: string, path: string): string => {
    const { type, value, hash } = parseListEntry(entry);
    const found = hash === undefined ? find(type, value ?? '') : { type, hash };
    if ('code' in found) refuse(path, found.message);
    const known = kindOf.get(found.hash);
    if (known !== undefined) refuse(path, `is listed twice, the first time as ${known}`);
    kindOf.set(found.hash, kind);
    return `${found.type}#${found.hash}`;
  };
  const lists = Object.fromEntries(
    Object.entries(policy.kinds.lists).map(([kind, entries]) => [
      kind,
      entries.map((entry, i) => blind(kind, entry, `/kinds/lists/${kind}/${i}`)),
    ]),
  );
  return { ...policy, kinds: { ...policy.kinds, lists } };
}

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `identity policy, ${path}: ${why}`, { path });
}
