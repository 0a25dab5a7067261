import type { Pace } from '../../background/pace.ts';
import { limits } from '../../limits.ts';
import type { ErasureUnderWay } from '../../model/erasure.ts';
import type { LogRecord } from '../../model/record.ts';
import type { Log, LogMessage, Replacement } from '../../ports/log.ts';
import { decodeRecord, encodeRecord } from '../../runner/codec.ts';
import { type ErasedThere, eraseRecord } from './erase-record.ts';

export interface RewriteOptions {
  readonly log: Log;
  /** The last message that is looked at. */
  readonly upTo: number;
  /** Under which the log's numbers of messages are noted. */
  readonly partition: number;
  readonly erasure: ErasureUnderWay;
  readonly there: ErasedThere;
  /** Whether a message came into the log after the erasure. */
  readonly isLater: (message: LogMessage) => boolean;
  readonly pace: Pace;
  /** Only tells what it would do, so that what has to be known of it is done before it is gone. */
  readonly dry: boolean;
}

export interface RewrittenLog {
  readonly records: number;
  /** Ids of events of others that named them. */
  readonly mentions: readonly string[];
}

/** Takes whatever says something of the erased out of a log. What a stop leaves undone a repeat finds again. */
export async function rewriteLog(options: RewriteOptions): Promise<RewrittenLog> {
  const { log, upTo, pace, erasure, dry } = options;
  const mentions = new Set<string>();
  const own: OwnRecord[] = [];
  let records = 0;
  for (let after = 0; after < upTo; ) {
    const messages = await log.read(after, limits.erasureLogMessages);
    const replacements: Replacement[] = [];
    for (const message of messages) {
      if (message.seq > upTo) break;
      const change = changeMessage(message, options);
      for (const mention of change?.mentions ?? []) mentions.add(mention);
      records += change?.count ?? 0;
      if (change !== undefined) replacements.push({ seq: message.seq, records: change.records });
      own.push(...ownRecords(message, erasure.id));
      if (pace.isDue()) await pace.rest();
    }
    if (!dry) await replace(log, replacements);
    after = messages.at(-1)?.seq ?? upTo;
  }
  if (!dry) await rewriteOwn(options, own);
  return { records, mentions: [...mentions] };
}

interface MessageChange {
  readonly records: readonly Uint8Array[];
  readonly count: number;
  readonly mentions: readonly string[];
}

function changeMessage(message: LogMessage, options: RewriteOptions): MessageChange | undefined {
  const { records } = message;
  const isLater = options.isLater(message);
  const mentions: string[] = [];
  let count = 0;
  const changed = records.map((bytes) => {
    const change = eraseRecord({ bytes, isLater }, options.there);
    if (change === undefined) return bytes;
    count += 1;
    if (change.mention !== undefined) mentions.push(change.mention);
    return change.bytes;
  });
  return count === 0 ? undefined : { records: changed, count, mentions };
}

/** Something has to follow what is replaced. */
async function replace(log: Log, replacements: readonly Replacement[]): Promise<void> {
  if (replacements.length === 0) return;
  const { lastSeq } = log.stats();
  if (replacements.some(({ seq }) => seq >= lastSeq)) await log.append([encodeRecord({ kind: 'erased' })]);
  await log.rewrite(replacements);
}

interface OwnRecord {
  readonly seq: number;
  readonly index: number;
  /** The last of them tells a replay how many messages there were. */
  readonly bearsNumbers: boolean;
}

const OWN = /^J\{"kind":"(?:command|message|forget)"/;

/** Where the log holds commands and messages of this very erasure. */
function ownRecords({ seq, records }: LogMessage, erasure: string): readonly OwnRecord[] {
  const found: OwnRecord[] = [];
  for (const [index, bytes] of records.entries()) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    if (!OWN.test(text) || !text.includes(erasure)) continue;
    const { record } = decodeRecord(bytes);
    if (isOwn(record, erasure)) found.push({ seq, index, bearsNumbers: record.kind !== 'forget' });
  }
  return found;
}

function isOwn(record: LogRecord, id: string): boolean {
  if (record.kind === 'forget') return record.erasure === id && record.keys.length > 0;
  if (record.kind === 'command') return record.command.type === 'erase' && record.command.erasure === id;
  const erases = record.kind === 'message' && record.body.type === 'erase';
  return erases && record.body.erasure === id && record.body.profile === '';
}

/**
 * The commands themselves name entries of others by their identifiers. The last of them keeps what a replay needs instead:
 * tombstones, the time, and how many messages the log had caused until then, because what was taken out causes none.
 */
async function rewriteOwn(options: RewriteOptions, own: readonly OwnRecord[]): Promise<void> {
  const { log } = options;
  const last = own.findLast(({ bearsNumbers }) => bearsNumbers);
  for (const seq of new Set(own.map((each) => each.seq))) {
    const [message] = await log.read(seq - 1, 1);
    if (message?.seq !== seq) continue;
    const places = new Map(own.filter((each) => each.seq === seq).map((each) => [each.index, each]));
    const records = message.records.map((bytes, index) => {
      const place = places.get(index);
      return place === undefined
        ? bytes
        : encodeRecord(ownRecord(decodeRecord(bytes).record, place === last, options));
    });
    await replace(log, [{ seq, records }]);
  }
}

function ownRecord(record: LogRecord, isLast: boolean, options: RewriteOptions): LogRecord {
  const { erasure, partition } = options;
  const given = erasure.given[partition];
  const numbers = given === undefined ? {} : { given };
  if (record.kind === 'forget') return { ...record, keys: [] };
  if (record.kind === 'message' && record.body.type === 'erase')
    return isLast ? { ...record, body: { ...record.body, ...numbers } } : record;
  if (record.kind !== 'command' || record.command.type !== 'erase') return record;
  if (!isLast) return { kind: 'erased' };
  const { mentions, ...command } = record.command;
  const { profiles, tombstones, at } = erasure;
  return { ...record, command: { ...command, profiles, tombstones, at, ...numbers } };
}
