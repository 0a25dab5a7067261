/**
 * The form of an audit log whose entries cannot be changed without it showing. Every entry is one line: its authenticator,
 * a space, the entry as JSON. The authenticator is HMAC-SHA-256 (RFC 2104) over the previous authenticator and the entry,
 * so it vouches for all entries before it as well: whoever changes, removes or moves one would have to compute all later
 * ones anew, and lacks the key. The newest authenticator, kept apart as the *head*, shows when the newest are missing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { limits } from '../../limits.ts';
import type { AuditEntry, AuditHead, ChainedAuditEntry } from '../../model/audit.ts';
import { isJsonObject, parseJson } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';

export interface ChainKey {
  readonly key: Uint8Array;
  readonly space: string;
}

/** Where a chain stands: the number and the authenticator of its last entry. */
export interface ChainEnd {
  readonly n: number;
  readonly mac: string;
}

const MAC_CHARACTERS = 43;

function authenticate(key: Uint8Array, before: string, text: string): string {
  return createHmac('sha256', key).update(before).update('\n').update(text).digest('base64url');
}

/** The end of a chain without entries: chains of other names and spaces begin elsewhere. */
export function chainStart({ key, space }: ChainKey, chain: string): ChainEnd {
  return { n: 0, mac: authenticate(key, 'chain', `${space}\n${chain}`) };
}

export interface Link {
  readonly line: string;
  readonly end: ChainEnd;
  readonly entry: ChainedAuditEntry;
}

/** The line of the next entry. */
export function linkEntry(
  { key }: ChainKey,
  end: ChainEnd,
  { chain, at, entry }: { readonly chain: string; readonly at: EpochMs; readonly entry: AuditEntry },
): Link {
  const chained: ChainedAuditEntry = { chain, n: end.n + 1, at, ...bounded(entry) };
  const text = JSON.stringify(chained);
  const mac = authenticate(key, end.mac, text);
  return { line: `${mac} ${text}\n`, end: { n: chained.n, mac }, entry: chained };
}

/** Whatever a caller hands in, a line stays small. */
function bounded(entry: AuditEntry): AuditEntry {
  const { action, author, subjects, fields, target, via, count, detail } = entry;
  return {
    action,
    author: cut(author),
    ...(subjects === undefined ? {} : { subjects: subjects.slice(0, limits.auditSubjectsMax).map(cut) }),
    ...(fields === undefined ? {} : { fields: fields.slice(0, limits.auditFieldsMax).map(cut) }),
    ...(target === undefined ? {} : { target: cut(target) }),
    ...(via === undefined ? {} : { via: cut(via) }),
    ...(count === undefined ? {} : { count }),
    ...(detail === undefined ? {} : { detail: cut(detail) }),
  };
}

function cut(text: string): string {
  return text.length <= limits.auditTextMax ? text : text.slice(0, limits.auditTextMax);
}

export interface ReadLine {
  readonly mac: string;
  readonly text: string;
  /** Undefined where the text is no entry. */
  readonly entry: ChainedAuditEntry | undefined;
}

/** The lines of a page; what is no line of the chain at all comes as one without an entry. */
export function readLines(bytes: Uint8Array): readonly ReadLine[] {
  // As bytes, not as text: where UTF-8 is broken, a changed byte could otherwise read like another one.
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  const rest = lines.pop();
  if (rest !== '') lines.push(rest ?? '');
  return lines.map((line) => readLine(line));
}

function readLine(line: string): ReadLine {
  const mac = line.slice(0, MAC_CHARACTERS);
  const raw = Buffer.from(line.slice(MAC_CHARACTERS + 1), 'latin1');
  const value = line[MAC_CHARACTERS] === ' ' ? parseJson(raw) : undefined;
  const entry = isEntry(value) ? value : undefined;
  return { mac, text: raw.toString('utf8'), entry };
}

/** Only a line whose authenticator fits was written by this program; what it holds is trusted after that. */
function isEntry(value: unknown): value is ChainedAuditEntry {
  return isJsonObject(value) && typeof value.chain === 'string' && typeof value.n === 'number';
}

/** Whether the line is the one that follows `end`, character by character. */
export function follows({ key }: ChainKey, end: ChainEnd, line: ReadLine): boolean {
  return line.entry?.n === end.n + 1 && sameText(authenticate(key, end.mac, line.text), line.mac);
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The head as it is kept: authenticated by itself, so that it cannot be set back to an end that never was. */
export function writeHead({ key }: ChainKey, head: AuditHead): Uint8Array {
  const text = JSON.stringify({ chain: head.chain, n: head.n, at: head.at, mac: head.mac });
  return Buffer.from(`${authenticate(key, 'head', text)} ${text}`);
}

/** Undefined where it was changed. */
export function readHead({ key }: ChainKey, bytes: Uint8Array): AuditHead | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  const body = text.slice(MAC_CHARACTERS + 1);
  if (text[MAC_CHARACTERS] !== ' ' || !Buffer.from(text).equals(bytes)) return undefined;
  if (!sameText(authenticate(key, 'head', body), text.slice(0, MAC_CHARACTERS))) return undefined;
  // It was written above.
  return JSON.parse(body) as AuditHead;
}

/** `chain:n:mac`, as people keep it elsewhere. */
export function formatHead({ chain, n, mac }: Pick<AuditHead, 'chain' | 'n' | 'mac'>): string {
  return `${chain}:${n}:${mac}`;
}

const HEAD = /^([A-Za-z0-9._-]{1,64}):(\d{1,15}):([A-Za-z0-9_-]{43})$/;

export function parseHead(text: string): Pick<AuditHead, 'chain' | 'n' | 'mac'> | undefined {
  const [, chain, n, mac] = HEAD.exec(text) ?? [];
  return chain === undefined || mac === undefined ? undefined : { chain, n: Number(n), mac };
}
