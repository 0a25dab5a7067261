import { assert, TesseraError } from '../errors.ts';
import type {
  Evidence,
  Healed,
  Link,
  LinkRule,
  PastOwner,
  Person,
  PersonLink,
  Place,
} from '../model/identity.ts';
import { keys } from '../model/keys.ts';

/**
 * Identity's entries as plain arrays, for a store to keep: there is one per identifier, person and facet, so their size
 * is what the memory of the identity stage is made of. What the entry's key says is left out, and so is the end of an
 * array while it holds only what is usual. A link's owner is not among its columns: the bytes begin with it.
 */
type Row = unknown[];

/** Numbers are stored: new rules and reasons go to the end. */
const RULES: readonly LinkRule[] = Object.freeze([
  'first_seen',
  'verified',
  'stated',
  'weak',
  'yielded',
  'recycled',
  'command',
]);
const REASONS: readonly PastOwner['reason'][] = Object.freeze([
  'signed_out',
  'recycled',
  'shared',
  'yielded',
  'unmerged',
]);

const VERIFIED = 1;
const ALIAS = 2;
const STATED = 4;
/** Members that may be absent take two bits each. */
const ABSENT = 0;
const FALSE = 1;
const TRUE = 2;
const BLOCKED_SHIFT = 1;
const ALIAS_SHIFT = 3;
const EVIDENCE_COLUMNS = 5;
const PAST_COLUMNS = 4;

export function encodeLink(key: string, link: Link): Row {
  assert(key === keys.link(link.type, link.hash), 'a link lies under its own key');
  const flags =
    (link.verified ? VERIFIED : 0) |
    (tristateOf(link.blocked) << BLOCKED_SHIFT) |
    (tristateOf(link.alias) << ALIAS_SHIFT);
  const evidence: Row = [];
  for (const { with: other, source, event, at, rule } of link.evidence)
    evidence.push(other, source, event, at, numberOf(RULES, rule));
  const past: Row = [];
  for (const { profile, from, to, reason } of link.past)
    past.push(profile, from, to, numberOf(REASONS, reason));
  const { sealed, sealedBy, since, seenWith, sharedAs, healed } = link;
  // Wrapped, because an empty profile id says something else than none.
  const shared = sharedAs === undefined ? null : [sharedAs];
  return shortened([
    flags,
    since,
    sealed,
    sealedBy,
    evidence,
    past,
    seenWith,
    shared,
    healed === undefined ? null : [...healed.sides, healed.sharedAs],
  ]);
}

export function decodeLink(key: string, owner: string, data: unknown): Link {
  const row = listOf(data);
  const flags = numberAt(row, 0);
  const blocked = (flags >> BLOCKED_SHIFT) & 3;
  const alias = (flags >> ALIAS_SHIFT) & 3;
  const hashAt = key.lastIndexOf(':') + 1;
  return {
    type: key.slice(2, hashAt - 1),
    hash: key.slice(hashAt),
    owner,
    verified: (flags & VERIFIED) !== 0,
    sealed: textAt(row, 2),
    sealedBy: textAt(row, 3),
    since: numberAt(row, 1),
    evidence: decodeEvidence(listOf(row[4])),
    past: decodePast(listOf(row[5])),
    seenWith: textsAt(row, 6),
    ...(row[7] == null ? {} : { sharedAs: textAt(listOf(row[7]), 0) }),
    ...(blocked === ABSENT ? {} : { blocked: blocked === TRUE }),
    ...(alias === ABSENT ? {} : { alias: alias === TRUE }),
    ...(row[8] == null ? {} : { healed: decodeHealed(textsAt(row, 8)) }),
  };
}

function decodeHealed([one = '', other = '', sharedAs = '']: readonly string[]): Healed {
  return { sides: [one, other], sharedAs };
}

function decodeEvidence(row: Row): Evidence[] {
  const evidence: Evidence[] = [];
  for (let at = 0; at < row.length; at += EVIDENCE_COLUMNS) {
    evidence.push({
      with: textAt(row, at),
      source: textAt(row, at + 1),
      event: textAt(row, at + 2),
      at: numberAt(row, at + 3),
      rule: RULES[numberAt(row, at + 4)] ?? malformed('a rule is unknown'),
    });
  }
  return evidence;
}

function decodePast(row: Row): PastOwner[] {
  const past: PastOwner[] = [];
  for (let at = 0; at < row.length; at += PAST_COLUMNS) {
    past.push({
      profile: textAt(row, at),
      from: numberAt(row, at + 1),
      to: numberAt(row, at + 2),
      reason: REASONS[numberAt(row, at + 3)] ?? malformed('a reason is unknown'),
    });
  }
  return past;
}

export function encodePerson(key: string, person: Person): Row {
  assert(key === keys.person(person.id), 'a person lies under its own key');
  const links = person.links.map(({ key: link, since, verified, alias, stated }) => [
    link,
    since,
    (verified ? VERIFIED : 0) | (alias ? ALIAS : 0) | (stated === true ? STATED : 0),
  ]);
  const { createdAt, seenAt, facets, name, merged, apart, shared, mergedInto } = person;
  return shortened([createdAt, seenAt, links, facets, name, merged, apart, shared, mergedInto ?? null]);
}

export function decodePerson(key: string, data: unknown): Person {
  const row = listOf(data);
  return {
    id: key.slice(2),
    createdAt: numberAt(row, 0),
    links: listOf(row[2]).map(decodePersonLink),
    facets: textsAt(row, 3),
    merged: textsAt(row, 5),
    apart: textsAt(row, 6),
    shared: textsAt(row, 7),
    seenAt: numberAt(row, 1),
    name: textAt(row, 4),
    ...(row[8] == null ? {} : { mergedInto: textAt(row, 8) }),
  };
}

function decodePersonLink(data: unknown): PersonLink {
  const row = listOf(data);
  const flags = numberAt(row, 2);
  return {
    key: textAt(row, 0),
    since: numberAt(row, 1),
    verified: (flags & VERIFIED) !== 0,
    alias: (flags & ALIAS) !== 0,
    ...((flags & STATED) === 0 ? {} : { stated: true }),
  };
}

/** Nearly every facet is where its owner is. */
export function encodePlace({
  owner,
  location,
  judged,
  refusedUnder,
  names,
  epoch,
  home,
  founded,
}: Place): Row {
  const verdict = judged ? (refusedUnder === undefined ? 1 : [refusedUnder]) : 0;
  const at = location === owner ? null : location;
  return shortened([owner, verdict, names, epoch, at, home ?? null, founded ?? null]);
}

export function decodePlace(data: unknown): Place {
  const row = listOf(data);
  const owner = textAt(row, 0);
  // Wrapped, because the version of a policy may be empty.
  const refused = Array.isArray(row[1]) ? listOf(row[1]) : undefined;
  return {
    owner,
    location: row[4] == null ? owner : textAt(row, 4),
    judged: row[1] === 1 || refused !== undefined,
    ...(refused === undefined ? {} : { refusedUnder: textAt(refused, 0) }),
    names: textsAt(row, 2),
    epoch: numberAt(row, 3),
    ...(row[5] == null ? {} : { home: textAt(row, 5) }),
    ...(row[6] == null ? {} : { founded: numberAt(row, 6) }),
  };
}

/** Drops what is usual from the end; reading past it gives the same again. */
function shortened(row: Row): Row {
  while (isUsual(row.at(-1)) && row.length > 0) row.pop();
  return row;
}

function isUsual(value: unknown): boolean {
  return value === null || value === 0 || value === '' || (Array.isArray(value) && value.length === 0);
}

function numberOf<Name>(names: readonly Name[], name: Name): number {
  const at = names.indexOf(name);
  assert(at >= 0, 'every rule and reason has its number');
  return at;
}

function tristateOf(value: boolean | undefined): number {
  return value === undefined ? ABSENT : value ? TRUE : FALSE;
}

function malformed(what: string): never {
  throw new TesseraError('data_format', `a stored entry of identity is malformed: ${what}`);
}

function listOf(value: unknown): Row {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : malformed('a list is missing');
}

/** A number, or the usual one where the end was dropped. */
function numberAt(row: Row, index: number): number {
  const value = row[index] ?? 0;
  return typeof value === 'number' ? value : malformed('a number is missing');
}

function textAt(row: Row, index: number): string {
  const value = row[index] ?? '';
  return typeof value === 'string' ? value : malformed('a text is missing');
}

function textsAt(row: Row, index: number): string[] {
  const list = listOf(row[index]);
  return list.map((_, at) => textAt(list, at));
}
