import { hash } from 'node:crypto';
import { segmentRow } from '../model/decision-rows.ts';
import type { Event } from '../model/event.ts';
import type { FoldContext } from '../model/fold.ts';
import type { RowCause } from '../model/history-rows.ts';
import { keys } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import {
  isHiddenSegment,
  type SegmentCause,
  type SegmentChange,
  type SegmentCounts,
} from '../model/segment.ts';
import type { EpochMs } from '../model/time.ts';
import type { StateView } from '../model/view.ts';
import { alarmBy } from '../profile/alarm.ts';
import { evaluate, evaluateAll, type Members, type Turn } from '../segments/evaluate.ts';
import { nextChange, type ProfileAt, soonest } from '../segments/next-change.ts';
import { type MomentDefinitions, ProfileMoment } from './profile-moment.ts';

/**
 * Keeps a profile's segments: looked at when an event that may concern them has reached it, when its alarm is due, and as
 * a whole once its facets or the definitions are others than before. Every entry and exit is a row of history and an effect,
 * and is counted in the partition's numbers of members, which are committed together with it.
 */
export interface KeptProfile {
  readonly header: Header;
  readonly facets: readonly Facet[];
  readonly definitions: MomentDefinitions;
}

/** Whether an event makes it necessary to look at the profile: then all of its facets must be loaded. */
export function concernsSegments(
  event: Event,
  header: Header | undefined,
  { segments }: Pick<MomentDefinitions, 'segments'>,
): boolean {
  if (segments.all.length === 0) return (header?.segments?.size ?? 0) > 0;
  return header?.segmentsUnder !== segments.version || segments.lists.concernedBy(event).length > 0;
}

/** The partition's counts, where they are not in memory. */
export function segmentNeeds(view: StateView): string[] {
  return view.has(keys.segments) ? [] : [keys.segments];
}

/** What a look has changed, and why. */
export interface Look {
  readonly turns: readonly Turn[];
  readonly cause: SegmentCause;
}

/** After an event was reduced; the alarm moves to where a segment that was looked at may change by itself. */
export function segmentsAfterEvent(profile: KeptProfile, event: Event, context: FoldContext): Look {
  const { header, definitions } = profile;
  const { segments: set } = definitions;
  const members = membersOf(header);
  const moment = momentNow(profile, members, context);
  const whole = header.segmentsUnder !== set.version;
  const looked = whole ? set.all : set.lists.concernedBy(event);
  const cause = whole ? causeOfWhole(header, context) : 'event';
  if (whole && cause === 'event') seedHidden(profile, members, context);
  const turns = whole ? evaluateAll(set, members, moment) : evaluate(looked, members, moment);
  header.segmentsUnder = set.version;
  if (whole || turns.length > 0) context.view.put(keys.header(header.id), header);
  record(turns, { header, cause, eventId: event.id }, context);
  const at = soonest(set, looked, { at: momentsOf(moment), present: moment });
  alarmBy(header, Number.isFinite(at) ? at : undefined, context);
  return { turns, cause };
}

/** A newcomer is in a hidden segment from the start where its condition holds of a profile without events. */
function seedHidden({ definitions }: KeptProfile, members: Members, { now }: FoldContext): void {
  const hidden = definitions.segments.all.filter(({ name }) => isHiddenSegment(name));
  if (hidden.length > 0)
    evaluate(hidden, members, new ProfileMoment({ facets: [], definitions, members, now }));
}

/**
 * When the profile wakes: everything is looked at as of `context.now`, and the alarm set to when something changes next.
 * `told` is the time that changes get, where it is another one.
 */
export function segmentsOnWake(
  profile: KeptProfile & { readonly told?: EpochMs },
  context: FoldContext,
): Look {
  const { header, definitions } = profile;
  const { segments: set } = definitions;
  const members = membersOf(header);
  const moment = momentNow(profile, members, context);
  const cause = header.segmentsUnder === set.version ? 'time' : causeOf(header);
  const turns = evaluateAll(set, members, moment);
  if (turns.length > 0 || header.segmentsUnder !== set.version) {
    header.segmentsUnder = set.version;
    context.view.put(keys.header(header.id), header);
  }
  const { told } = profile;
  record(turns, { header, cause, eventId: '', ...(told === undefined ? {} : { told }) }, context);
  const at = nextChange(set, members, { at: momentsOf(moment), now: context.now });
  alarmBy(header, at, context);
  return { turns, cause };
}

/** The profile is looked at as a whole next, because its facets are others now. */
export function forgetLook(header: Header): void {
  header.segmentsUnder = FACETS_CHANGED;
}

/** A profile that was merged away is in no segment any more. */
export function segmentsOfForwarded(header: Header, context: FoldContext): void {
  if (header.segments === undefined && header.segmentsUnder === undefined) return;
  const turns: Turn[] = [];
  for (const [name, { version }] of header.segments ?? []) turns.push({ name, version, entered: false });
  delete header.segments;
  delete header.segmentsUnder;
  context.view.put(keys.header(header.id), header);
  record(turns, { header, cause: 'merge', eventId: '' }, context);
}

/** Nobody is told that somebody who was erased has left a segment; the counts are right all the same. */
export function segmentsOfErased(header: Header, { view }: FoldContext): void {
  const names = [...(header.segments?.keys() ?? [])].filter((name) => !isHiddenSegment(name));
  const counts = view.get<SegmentCounts>(keys.segments);
  if (names.length === 0 || counts === undefined) return;
  for (const name of names) count(counts, name, -1);
  view.put(keys.segments, counts);
}

/** Every profile of the partition has been woken since these segments came into force. */
export function everybodyLooked(
  { lookVersion }: { readonly lookVersion: string },
  { view }: FoldContext,
): void {
  const counts = view.get<SegmentCounts>(keys.segments) ?? { members: [] };
  counts.under = lookVersion;
  view.put(keys.segments, counts);
}

/** No version of a set of segments. */
const FACETS_CHANGED = '-';

function causeOf({ segmentsUnder }: Header): SegmentCause {
  return segmentsUnder === FACETS_CHANGED ? 'facets' : 'definitions';
}

/** Of the first look at a profile: the event that founds it, or segments that were defined since. */
function causeOfWhole(header: Header, { now }: FoldContext): SegmentCause {
  if (header.segmentsUnder !== undefined) return causeOf(header);
  return header.createdAt === now ? 'event' : 'definitions';
}

function membersOf(header: Header): Members {
  header.segments ??= new Map();
  return header.segments;
}

/** It is asked for values, and then for when they change. */
function momentNow(
  { facets, definitions }: KeptProfile,
  members: Members,
  { now }: FoldContext,
): ProfileMoment {
  const moment = new ProfileMoment({ facets, definitions, members, now });
  moment.features.remember();
  return moment;
}

function momentsOf(present: ProfileMoment): ProfileAt {
  return (now, members) => present.later(now, members);
}

interface Recorded {
  readonly header: Header;
  readonly cause: SegmentCause;
  readonly eventId: string;
  readonly told?: EpochMs;
}

function record(
  all: readonly Turn[],
  { header, cause, eventId, told }: Recorded,
  context: FoldContext,
): void {
  const turns = all.some(({ name }) => isHiddenSegment(name))
    ? all.filter(({ name }) => !isHiddenSegment(name))
    : all;
  if (turns.length === 0) return;
  const { view, now } = context;
  const counts = view.get<SegmentCounts>(keys.segments) ?? { members: [] };
  for (const { name, version, group, entered } of turns) {
    const place = context.cause();
    const change: SegmentChange = {
      id: idOf(name, version, place),
      segment: name,
      version,
      ...(group === undefined ? {} : { group }),
      profile_id: header.id,
      change: entered ? 'entered' : 'left',
      at: told ?? now,
      cause,
      event_id: eventId,
    };
    count(counts, name, entered ? 1 : -1);
    context.history(segmentRow(change, place));
    context.effect({ kind: 'segment', change });
  }
  view.put(keys.segments, counts);
}

function idOf(name: string, version: string, { partition, seq, index, ordinal }: RowCause): string {
  const text = `segment\0${name}\0${version}\0${partition}\0${seq}\0${index}\0${ordinal}`;
  return hash('sha256', text, 'hex').slice(0, 32);
}

function count(counts: SegmentCounts, name: string, by: 1 | -1): void {
  const { members } = counts;
  const known = members.findIndex(([segment]) => segment === name);
  const number = (members[known]?.[1] ?? 0) + by;
  if (known < 0) members.push([name, number]);
  else if (number <= 0) members.splice(known, 1);
  else members[known] = [name, number];
}

/** When nothing holds any more than it did; for readers that look at a profile between two looks of the engine. */
export function membersNow(profile: Omit<KeptProfile, 'header'>, now: EpochMs): ReadonlyMap<string, unknown> {
  const members: Members = new Map();
  evaluateAll(profile.definitions.segments, members, new ProfileMoment({ ...profile, members, now }));
  return members;
}
