import { limits } from '../limits.ts';
import { historyColumns } from '../model/history-rows.ts';
import type { AppliedEvent, ProfileChange } from '../model/profile-change.ts';
import type { CommittedBatch } from '../runner/runner.ts';

const PROFILE = historyColumns.events.indexOf('profile_id');
const ID = historyColumns.events.indexOf('event_id');
const TYPE = historyColumns.events.indexOf('type');
const TIME = historyColumns.events.indexOf('time');

type Lists = { -readonly [Key in keyof ProfileChange]: ProfileChange[Key] };

/** What a commit did, profile by profile, for those that are asked for: it is called after every commit. */
export function profileChanges(
  { rows, effects, lastSeq: seq }: Pick<CommittedBatch, 'rows' | 'effects' | 'lastSeq'>,
  partition: string,
  isWanted: (profile: string) => boolean,
): readonly ProfileChange[] {
  const found = new Map<string, Lists>();
  const changeOf = (profile_id: string): Lists | undefined => {
    if (profile_id === '' || !isWanted(profile_id)) return undefined;
    const known = found.get(profile_id);
    if (known !== undefined) return known;
    const change: Lists = { profile_id, partition, seq };
    found.set(profile_id, change);
    return change;
  };
  for (const { table, values } of rows) {
    if (table !== 'events') continue;
    const change = changeOf(String(values[PROFILE]));
    if (change !== undefined) change.events = listed(change, change.events, eventOf(values));
  }
  for (const effect of effects) {
    if (effect.kind === 'firing') {
      const { id, trigger, profile_id, decision, reason, until, at, channel } = effect.firing;
      const change = changeOf(profile_id);
      const said = { ...(reason === undefined ? {} : { reason }), ...(until === undefined ? {} : { until }) };
      if (change !== undefined)
        change.decisions = listed(change, change.decisions, { id, trigger, decision, ...said, at, channel });
    } else if (effect.kind === 'segment') {
      const { segment, change: turn, at, profile_id } = effect.change;
      const change = changeOf(profile_id);
      if (change !== undefined)
        change.segments = listed(change, change.segments, { segment, change: turn, at });
    } else if (effect.kind === 'loyalty') {
      const change = changeOf(effect.change.profile_id);
      if (change !== undefined) change.points = listed(change, change.points, effect.change);
    }
  }
  return [...found.values()];
}

function listed<Item>(change: Lists, list: readonly Item[] | undefined, item: Item): readonly Item[] {
  if (list === undefined) return [item];
  if (list.length < limits.profileChangeEntriesMax) return [...list, item];
  change.more = true;
  return list;
}

/** Rows have times as ClickHouse reads them. */
function eventOf(values: readonly unknown[]): AppliedEvent {
  const time = Date.parse(`${String(values[TIME]).replace(' ', 'T')}Z`);
  return { id: String(values[ID]), type: String(values[TYPE]), time };
}
