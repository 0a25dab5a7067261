import type { Pace } from '../../background/pace.ts';
import { readHistoryRows } from '../../desks/past-events.ts';
import { quoted } from '../../desks/profile-history/history-bound.ts';
import { limits } from '../../limits.ts';
import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import { UNATTRIBUTED } from '../../model/keys.ts';
import type { EpochMs } from '../../model/time.ts';
import type { History } from '../../ports/history.ts';
import { Kinships } from './kinships.ts';

/*
 * People as history has them, some at a time. Whoever was ever one with somebody, or had a facet of somebody, is read together
 * with them: a page is of whole families, each read with the first of its ids, so that nothing has to be remembered between
 * pages, however many people there are.
 */

/** A row's place in a log; those of one append are compared by it. */
export interface PastPlace {
  readonly at: EpochMs;
  readonly partition: number;
  readonly seq: number;
  readonly index: number;
  readonly ordinal: number;
}

export interface AppliedEvent extends PastPlace {
  /** Who it was applied to. */
  readonly profile: string;
  /** As history calls it: each epoch has a name of its own. */
  readonly facet: string;
  readonly event: Event;
}

/** Facets came to somebody. */
export interface PastMove extends PastPlace {
  readonly to: string;
  readonly facets: readonly string[];
}

/** A decision of another trigger. */
export interface PastDecision extends PastPlace {
  readonly id: string;
  readonly trigger: string;
  readonly profile: string;
  readonly decision: string;
  readonly channel: string;
  readonly key: string;
  readonly until: EpochMs | undefined;
  /** Of what time did. */
  readonly due: EpochMs | undefined;
}

export interface PastPage {
  /** The family of each profile, by the first of its ids. */
  readonly families: ReadonlyMap<string, string>;
  /** In the order of the log. */
  readonly events: readonly AppliedEvent[];
  readonly moves: readonly PastMove[];
  /** Whom a profile was merged into. */
  readonly merged: ReadonlyMap<string, string>;
  readonly decisions: readonly PastDecision[];
  /** Profiles of families that are too large to be replayed. */
  readonly skipped: number;
  /** How many profiles of the order of ids this page is done with. */
  readonly done: number;
}

/**
 * `applied`: everything came when it came, and people became one when they did. `event`: everything came when it happened, to
 * whoever it belongs to today; so is a past that was imported later.
 */
export type PastClock = 'applied' | 'event';

export interface PastPeopleOptions {
  readonly history: Pick<History, 'query'>;
  readonly pace: Pace;
  /** Only what was before. */
  readonly until: EpochMs;
  readonly clock: PastClock;
  /** Whose own decisions are left out. */
  readonly trigger: string;
}

export async function countPeople(options: PastPeopleOptions): Promise<number> {
  const [row] = await readHistoryRows(
    options.history,
    `SELECT uniqExact(profile_id) AS people FROM events WHERE ${withinTime(options)} AND ${OF_PEOPLE}`,
  );
  return Number(row?.people ?? 0);
}

export async function* readPeople(options: PastPeopleOptions): AsyncGenerator<PastPage, void, undefined> {
  for (let after = ''; ; ) {
    options.pace.check();
    const chosen = await chooseProfiles(options, after);
    const last = chosen.at(-1)?.profile;
    if (last === undefined) return;
    yield await readPage(options, { after, last, chosen });
    after = last;
  }
}

interface Chosen {
  readonly profile: string;
  readonly events: number;
}

const OF_PEOPLE = `profile_id != '${UNATTRIBUTED}'`;

const COLUMNS = { applied: 'applied_at', event: 'time' } as const satisfies Record<PastClock, string>;

function withinTime({ until, clock }: Pick<PastPeopleOptions, 'until' | 'clock'>): string {
  return `${COLUMNS[clock]} < fromUnixTimestamp64Milli(toInt64(${until}))`;
}

/** The next profiles whose events fit into memory together; one at least. */
async function chooseProfiles(options: PastPeopleOptions, after: string): Promise<readonly Chosen[]> {
  const beyond = after === '' ? '' : ` AND profile_id > ${quoted([after])}`;
  const rows = await readHistoryRows(
    options.history,
    `SELECT profile_id, count() AS events, sum(length(raw)) AS bytes FROM events ` +
      `WHERE ${withinTime(options)} AND ${OF_PEOPLE}${beyond} ` +
      `GROUP BY profile_id ORDER BY profile_id LIMIT ${limits.backtestPageProfiles}`,
  );
  const chosen: Chosen[] = [];
  let [events, bytes] = [0, 0];
  for (const row of rows) {
    events += Number(row.events);
    bytes += Number(row.bytes);
    const full = events > limits.backtestPageEvents || bytes > limits.backtestPageBytes;
    if (full && chosen.length > 0) break;
    chosen.push({ profile: String(row.profile_id), events: Number(row.events) });
  }
  return chosen;
}

interface Range {
  readonly after: string;
  readonly last: string;
  readonly chosen: readonly Chosen[];
}

async function readPage(options: PastPeopleOptions, { after, last, chosen }: Range): Promise<PastPage> {
  const kin = await findKin(options, chosen);
  const families = new Map<string, string>();
  let skipped = 0;
  for (const [first, members] of kin.families()) {
    // A family is read where its first id is.
    if (first <= after || first > last) continue;
    if (
      members.length > limits.backtestFamilyMax ||
      (await eventsOf(members, options)) > limits.replayEventsMax
    )
      skipped += members.length;
    else for (const member of members) families.set(member, first);
  }
  const wanted = [...families.keys()];
  const events = await readEvents(wanted, options);
  const lived = options.clock === 'event';
  return {
    families,
    events: lived ? events.map((applied) => asItHappened(applied, kin)) : events,
    moves: lived ? [] : kin.moves.filter(({ to, at }) => families.has(to) && at < options.until),
    merged: kin.merged,
    decisions: await readDecisions(wanted, options),
    skipped,
    done: chosen.length,
  };
}

/** As if it had come at once, to whoever has its facet today. */
function asItHappened(applied: AppliedEvent, kin: Kinships): AppliedEvent {
  const { late: _, ...event } = applied.event;
  return { ...applied, event, profile: kin.ownerNow(applied.facet, applied.profile) };
}

/** Everybody who was ever one with these, or had a facet of theirs. */
async function findKin(options: PastPeopleOptions, chosen: readonly Chosen[]): Promise<Kinships> {
  const kin = new Kinships(chosen.map(({ profile }) => profile));
  for (let round = 0; round < limits.backtestKinRounds; round++) {
    const fresh = kin.takeFresh();
    if (fresh.length === 0) break;
    for (let from = 0; from < fresh.length; from += limits.backtestPageProfiles)
      await addKin(kin, fresh.slice(from, from + limits.backtestPageProfiles), options);
    await options.pace.rest();
  }
  return kin;
}

async function addKin(
  kin: Kinships,
  profiles: readonly string[],
  { history }: PastPeopleOptions,
): Promise<void> {
  const ids = quoted(profiles);
  const merges = await readHistoryRows(
    history,
    `SELECT winner, loser FROM merges WHERE winner IN (${ids}) OR loser IN (${ids})`,
  );
  for (const { winner, loser } of merges) kin.merge(String(loser), String(winner));
  const rows = await readHistoryRows(
    history,
    `SELECT facet_id, profile_id, change, toString(move) AS number, ${placed('at')} FROM facets ` +
      `WHERE facet_id IN (SELECT facet_id FROM facets WHERE profile_id IN (${ids})) ` +
      `ORDER BY facet_id, move, seq, idx, ord`,
  );
  for (const row of rows) {
    if (row.profile_id === UNATTRIBUTED) continue;
    kin.own(String(row.facet_id), String(row.profile_id));
    if (row.change === 'moved')
      kin.move(`${row.number}`, { ...placeOf(row), to: String(row.profile_id) }, String(row.facet_id));
  }
}

async function eventsOf(profiles: readonly string[], options: PastPeopleOptions): Promise<number> {
  // Most families are one profile, whose events the page was chosen by.
  if (profiles.length === 1) return 0;
  const [row] = await readHistoryRows(
    options.history,
    `SELECT count() AS events FROM events WHERE profile_id IN (${quoted(profiles)}) AND ${withinTime(options)}`,
  );
  return Number(row?.events ?? 0);
}

function placed(column: 'at' | (typeof COLUMNS)[PastClock]): string {
  return `toUnixTimestamp64Milli(${column}) AS placed, \`partition\`, seq, idx, ord`;
}

/** 64-bit integers may come as text. */
function placeOf({ placed, partition, seq, idx, ord }: JsonObject): PastPlace {
  const [at, index, ordinal] = [Number(placed), Number(idx), Number(ord)];
  return { at, partition: Number(partition), seq: Number(seq), index, ordinal };
}

async function readEvents(
  profiles: readonly string[],
  options: PastPeopleOptions,
): Promise<readonly AppliedEvent[]> {
  const { history, pace, clock } = options;
  const column = COLUMNS[clock];
  const events: AppliedEvent[] = [];
  if (profiles.length === 0) return events;
  const within = `profile_id IN (${quoted(profiles)}) AND ${withinTime(options)}`;
  for (let after = ''; ; ) {
    pace.check();
    const rows = await readHistoryRows(
      history,
      `SELECT ${placed(column)}, facet_id, profile_id, raw FROM events WHERE ${within}${after} ` +
        `ORDER BY ${column}, \`partition\`, seq, idx, ord LIMIT ${limits.backtestReadRows}`,
    );
    for (const row of rows) {
      events.push({
        ...placeOf(row),
        profile: String(row.profile_id),
        facet: String(row.facet_id),
        // Written by this project, from an event that ingest had checked.
        event: JSON.parse(String(row.raw)) as Event,
      });
    }
    const last = events.at(-1);
    if (rows.length < limits.backtestReadRows || last === undefined) return events;
    const { at, partition, seq, index, ordinal } = last;
    after =
      ` AND (${column}, \`partition\`, seq, idx, ord) > ` +
      `(fromUnixTimestamp64Milli(toInt64(${at})), ${partition}, ${seq}, ${index}, ${ordinal})`;
    await pace.rest();
  }
}

async function readDecisions(
  profiles: readonly string[],
  { history, until, trigger }: PastPeopleOptions,
): Promise<readonly PastDecision[]> {
  if (profiles.length === 0) return [];
  const rows = await readHistoryRows(
    history,
    `SELECT ${placed('at')}, id, trigger, profile_id, decision, channel, key, ` +
      `toUnixTimestamp64Milli(until) AS released, JSONExtractInt(trace, 'due') AS due FROM decisions ` +
      `WHERE profile_id IN (${quoted(profiles)}) AND trigger != ${quoted([trigger])} ` +
      `AND at < fromUnixTimestamp64Milli(toInt64(${until})) ORDER BY at, \`partition\`, seq, idx, ord`,
  );
  return rows.map((row) => ({
    ...placeOf(row),
    id: String(row.id),
    trigger: String(row.trigger),
    profile: String(row.profile_id),
    decision: String(row.decision),
    channel: String(row.channel),
    key: String(row.key),
    until: row.released === null || row.released === undefined ? undefined : Number(row.released),
    due: Number(row.due) === 0 ? undefined : Number(row.due),
  }));
}
