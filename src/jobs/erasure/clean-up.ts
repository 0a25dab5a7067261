import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pace } from '../../background/pace.ts';
import type { Topology } from '../../cluster/topology.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import { TesseraError } from '../../errors.ts';
import { keysOfReturn, namesOf } from '../../identity/erase.ts';
import { createIdentifierReader } from '../../ingest/identifiers.ts';
import type { Keyring } from '../../ingest/keyring.ts';
import { createSealer } from '../../ingest/seal.ts';
import { limits } from '../../limits.ts';
import { type Erasure, type ErasureUnderWay, frameOf } from '../../model/erasure.ts';
import { facetKeyOf, historyFacetId } from '../../model/facet-id.ts';
import type { JsonObject } from '../../model/json.ts';
import { keys } from '../../model/keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ErasureRegister } from '../../ports/erasure-register.ts';
import type { History } from '../../ports/history.ts';
import type { Log } from '../../ports/log.ts';
import type { StateStore } from '../../ports/state.ts';
import { encodeRecord } from '../../runner/codec.ts';
import type { Commands } from '../../runner/commands.ts';
import type { EntryCodec } from '../../runner/entry-cache.ts';
import type { ErasedThere } from './erase-record.ts';
import type { ErasedNews } from './erased-news.ts';
import { ErasedWords } from './erased-words.ts';
import { findQuarantined, quarantineTest } from './find-quarantined.ts';
import { lookForMentions, type Mentions } from './look-for-mentions.ts';
import { rewriteLog } from './rewrite-log.ts';

export interface CleanOptions {
  readonly store: StateStore;
  readonly topology: Topology;
  readonly codec: EntryCodec;
  readonly logOf: (partition: string) => Log;
  /** The last message of a log as it is now, whoever appended it. */
  readonly lastSeq: (partition: string) => Promise<number>;
  readonly keyring: Keyring;
  readonly history: Pick<History, 'query' | 'blank' | 'erase'>;
  /** Resolves once history has what has been committed by now. */
  readonly reach: { now(): Promise<void> };
  readonly definitions: Definitions;
  readonly defaultRegion: string;
  readonly clock: Clock;
  /** Outside of the data, and outlives it. */
  readonly register: Pick<ErasureRegister, 'add'>;
  readonly commands: Pick<Commands, 'run'>;
  /** Tells every node to forget keys and whatever else it holds in memory. */
  readonly erased: Pick<ErasedNews, 'tell'>;
  /** Rids the medium of what deletions leave behind; answers how many pages still hold something. */
  readonly scrub: (finds: (text: string) => boolean) => Promise<number>;
}

export interface CleanRun {
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

interface Work extends CleanOptions {
  readonly pace: Pace;
}

/** Does everything that is left of an erasure, and says so in the log. Each step may be repeated. */
export async function cleanUp(
  begun: ErasureUnderWay,
  options: CleanOptions,
  { note, signal }: CleanRun,
): Promise<JsonObject> {
  const work: Work = { ...options, pace: new Pace(options.clock, signal) };
  note('cleans the state');
  const erasure = await forgetMentions(begun, work);
  // From here on what is done cannot be undone: older data must not bring them back.
  work.register.add(frameOf(erasure));
  const alive = await livingFacets(erasure, work);
  const words = new ErasedWords(erasure, alive);
  note('destroys data keys');
  const destroyed = await destroyKeys(erasure, alive, work);
  note('waits for history');
  await work.reach.now();
  note('looks at quarantine');
  const reader = createIdentifierReader({
    policy: work.definitions.entry.identity.definition,
    indexKey: work.keyring.indexKey,
    defaultRegion: work.defaultRegion,
  });
  const isQuarantined = quarantineTest({ words, erasure, reader, sealer: createSealer(work.keyring) });
  const quarantined = await findQuarantined(work.history, isQuarantined);
  const events = await eventsOf(erasure, alive, work.history);
  const there = { words, events, isQuarantined, until: erasure.at };
  const ends = await endsOfLogs(work);
  note('looks through logs');
  // Only logs tell which events of others name them; once they are rewritten, nothing does.
  const { mentions } = await rewriteLogs({ there, ends, dry: true }, erasure, work);
  const facets = erasure.facets.map(historyFacetId);
  const identifiers = erasure.identifiers.map(({ key }) => key);
  await work.history.blank({ facets, identifiers, events: mentions });
  note('rewrites logs');
  const { records } = await rewriteLogs({ there, ends, dry: false }, erasure, work);
  note('deletes rows of history');
  const rows = await work.history.erase({
    facets,
    profiles: erasure.profiles,
    identifiers,
    quarantined,
    until: erasure.at,
  });
  work.erased.tell({ profiles: erasure.profiles, facets: destroyed });
  note('overwrites what is left on the disk');
  const finds = words.without(await returnedWords(erasure, work));
  await work.scrub(finds);
  const counts = {
    data_keys: destroyed.length,
    log_records: records,
    history_rows: Object.values(rows).reduce((sum, each) => sum + each, 0),
    quarantined: quarantined.length,
  };
  await finish(erasure, counts, work);
  // What the state kept for this is a deletion of its own.
  await work.scrub(finds);
  return counts;
}

async function finish(erasure: ErasureUnderWay, counts: JsonObject, work: Work): Promise<void> {
  const { status } = await work.commands.run(erasure.author, { type: 'erased', erasure: erasure.id, counts });
  if (status !== 'applied') throw new TesseraError('internal', 'the end of an erasure was refused');
}

/** Has the entries of others cleaned until none names them and all partitions have said that they are done. */
async function forgetMentions(begun: ErasureUnderWay, work: Work): Promise<ErasureUnderWay> {
  let erasure = begun;
  for (let round = 1; round <= limits.erasureRoundsMax; round += 1) {
    erasure = await settled(erasure, work);
    const there = { profiles: new Set(erasure.profiles), tombstones: new Set(erasure.tombstones) };
    const found = await lookForMentions(work, namesOf(erasure, await returned(erasure, work)), there);
    if (found.identity.length === 0 && found.people.size === 0) return erasure;
    await forget(erasure, found, work);
  }
  throw new TesseraError('erasure_busy', 'something names the erased again and again');
}

/** Whether somebody has one of these identifiers or facets again. */
async function returned(
  erasure: ErasureUnderWay,
  { store, topology }: Work,
): Promise<(key: string) => boolean> {
  const wanted = keysOfReturn(erasure);
  const found = await store.read(topology.identity, wanted);
  const there = new Set(wanted.filter((_, i) => found[i] !== undefined));
  return (key) => there.has(key);
}

async function forget(erasure: ErasureUnderWay, found: Mentions, work: Work): Promise<void> {
  const { id, author, profiles, tombstones } = erasure;
  if (found.identity.length > 0) {
    const mentions = found.identity;
    const { status } = await work.commands.run(author, { type: 'erase', erasure: id, profiles, mentions });
    if (status !== 'applied') throw new TesseraError('erasure_busy');
  }
  for (const [partition, names] of found.people) {
    const record = { kind: 'forget' as const, erasure: id, profiles, tombstones, keys: names };
    const [position] = await work.logOf(partition).append([encodeRecord(record)]);
    await applied(partition, position?.seq ?? 0, work);
  }
}

/** What the state says of the erasure once no partition is waited for. */
async function settled({ id }: ErasureUnderWay, work: Work): Promise<ErasureUnderWay> {
  const { store, topology, codec, pace } = work;
  const key = keys.erasure(id);
  for (;;) {
    const [bytes] = await store.read(topology.identity, [key]);
    // The codec answers what lies under the key.
    const erasure = bytes && (codec.decode(key, bytes) as Erasure);
    if (erasure?.status !== 'under_way') throw new TesseraError('internal', 'the erasure is not under way');
    const counted = topology.all.every((each) => Object.hasOwn(erasure.given, topology.numberOf(each)));
    if (erasure.waiting.length === 0 && (counted || !topology.staged)) return erasure;
    await pace.rest();
  }
}

/** Keys of facets of which somebody who lives has a part, or has again. */
async function livingFacets(erasure: ErasureUnderWay, work: Work): Promise<ReadonlySet<string>> {
  const { store, topology } = work;
  const alive = new Set<string>();
  for (const key of new Set(erasure.facets.map(({ id }) => facetKeyOf(id)))) {
    const [open] = await store.read(topology.identity, [keys.place(key)]);
    const closed = await store.scan(topology.identity, `${keys.place(key)}~`, '', 1);
    if (open !== undefined || closed.length > 0) alive.add(key);
  }
  return alive;
}

async function destroyKeys(
  erasure: ErasureUnderWay,
  alive: ReadonlySet<string>,
  { keyring, erased }: Work,
): Promise<readonly string[]> {
  const facets = [...new Set(erasure.facets.map(({ id }) => facetKeyOf(id)))].filter(
    (key) => !alive.has(key),
  );
  for (const facet of facets) await keyring.destroy(facet);
  erased.tell({ profiles: erasure.profiles, facets });
  return facets;
}

/** Events of facets that were shared in turn: only history knows whose each was. */
async function eventsOf(
  erasure: ErasureUnderWay,
  alive: ReadonlySet<string>,
  history: Pick<History, 'query'>,
): Promise<ReadonlySet<string>> {
  const shared = erasure.facets.filter(({ id }) => alive.has(facetKeyOf(id))).map(historyFacetId);
  if (shared.length === 0) return new Set();
  // By digests, so that no name stands in a log of queries.
  const digests = shared.map((id) => hash('sha256', id, 'buffer').readBigUInt64LE(0));
  const text = await history.query(
    `SELECT DISTINCT source, event_id FROM events WHERE reinterpretAsUInt64(substring(SHA256(facet_id), 1, 8)) IN (${digests.join(', ')})
    AND applied_at <= fromUnixTimestamp64Milli(${erasure.at})`,
    'JSONCompactEachRow',
  );
  const lines = text.split('\n').filter((line) => line !== '');
  // Two columns of text.
  return new Set(lines.map((line) => (JSON.parse(line) as [string, string]).join('\u0000')));
}

/** How far each log goes now, with the state as far as that. */
async function endsOfLogs(work: Work): Promise<ReadonlyMap<string, number>> {
  const ends = new Map<string, number>();
  for (const partition of work.topology.all) {
    const end = await work.lastSeq(partition);
    await applied(partition, end, work);
    ends.set(partition, end);
  }
  return ends;
}

interface LogsRun {
  readonly there: ErasedThere;
  readonly ends: ReadonlyMap<string, number>;
  readonly dry: boolean;
}

async function rewriteLogs(
  { there, ends, dry }: LogsRun,
  erasure: ErasureUnderWay,
  work: Work,
): Promise<{ readonly records: number; readonly mentions: readonly string[] }> {
  const mentions = new Set<string>();
  let records = 0;
  for (const [partition, upTo] of ends) {
    const done = await rewriteLog({
      log: work.logOf(partition),
      upTo,
      partition: work.topology.numberOf(partition),
      erasure,
      there,
      // Where the command lies its place is certain; elsewhere clocks of several nodes write, and records name the profile.
      isLater: ({ seq, appendedAt }) =>
        partition === work.topology.identity ? seq > erasure.position.seq : appendedAt > erasure.at,
      pace: work.pace,
      dry,
    });
    records += done.records;
    for (const mention of done.mentions) mentions.add(mention);
  }
  return { records, mentions: [...mentions] };
}

/** Resolves once the state holds what the log says up to there. */
export async function applied(
  partition: string,
  seq: number,
  { store, pace }: Pick<Work, 'store' | 'pace'>,
): Promise<void> {
  while (((await store.checkpoint(partition))?.seq ?? 0) < seq) {
    pace.check();
    await sleep(limits.settlePollMs);
  }
}

/** Identifiers and facets that somebody has again: they stand in the state rightly. */
async function returnedWords(erasure: ErasureUnderWay, work: Work): Promise<ReadonlySet<string>> {
  const { store, topology } = work;
  const identifiers = erasure.identifiers.map(({ key }) => key);
  const links = await store.read(
    topology.identity,
    identifiers.map((key) => `i/${key}`),
  );
  const back = identifiers.filter((_, i) => links[i] !== undefined);
  return new Set([
    ...(await livingFacets(erasure, work)),
    ...back.map((key) => key.slice(key.indexOf(':') + 1)),
  ]);
}
