import { describe, expect, it } from 'vitest';
import { profileChanges } from '../../src/engine/profile-changes.ts';
import { limits } from '../../src/limits.ts';
import { segmentRow } from '../../src/model/decision-rows.ts';
import type { Effect } from '../../src/model/effect.ts';
import { eventRow } from '../../src/model/history-rows.ts';
import { firing } from '../serve/fakes.ts';
import { eventOf } from '../support/fold-world.ts';

const TIME = Date.parse('2026-11-21T10:00:00.123Z');
const cause = { partition: 0, seq: 7, index: 0, ordinal: 0 };
const applied = (id: string, profileId: string) =>
  eventRow({
    event: eventOf(id, ['a1'], { time: TIME, type: 'product_viewed' }),
    rawText: '{}',
    cause,
    facetId: 'f',
    profileId,
    appendedAt: 1,
  });
const entered = {
  id: 'c',
  segment: 'loyal',
  version: 'v',
  profile_id: 'p',
  change: 'entered',
  at: 5,
  cause: 'event',
  event_id: 'e1',
} as const;
const decided = {
  ...firing('d1'),
  profile_id: 'p',
  decision: 'deferred',
  reason: 'quiet_hours',
  until: 9,
} as const;
const points = { change: 'expired', at: 1, points: 5, lot: 'o', id: 'l', profile_id: 'p' } as const;
const effects: readonly Effect[] = [
  { kind: 'segment', change: entered },
  { kind: 'firing', firing: decided },
  { kind: 'loyalty', change: points },
  { kind: 'counter', name: 'x', value: 1 },
];

describe('what a commit did to profiles', () => {
  it('is told profile by profile: events, segments, decisions and points', () => {
    const rows = [applied('e1', 'p'), segmentRow(entered, cause), applied('e2', 'q'), applied('e3', 'p')];
    expect(profileChanges({ rows, effects, lastSeq: 7 }, 'p3', () => true)).toEqual([
      {
        profile_id: 'p',
        partition: 'p3',
        seq: 7,
        events: [
          { id: 'e1', type: 'product_viewed', time: TIME },
          { id: 'e3', type: 'product_viewed', time: TIME },
        ],
        segments: [{ segment: 'loyal', change: 'entered', at: 5 }],
        decisions: [
          {
            id: 'd1',
            trigger: decided.trigger,
            decision: 'deferred',
            reason: 'quiet_hours',
            until: 9,
            at: decided.at,
            channel: decided.channel,
          },
        ],
        points: [points],
      },
      {
        profile_id: 'q',
        partition: 'p3',
        seq: 7,
        events: [{ id: 'e2', type: 'product_viewed', time: TIME }],
      },
    ]);
  });

  it('is worked out for those only who are asked for, and bounded', () => {
    const rows = Array.from({ length: limits.profileChangeEntriesMax + 1 }, (_, n) => applied(`e${n}`, 'p'));
    const wanted = (profile: string) => profile === 'p';
    const [change, other] = profileChanges(
      { rows: [...rows, applied('x', 'q')], effects: [], lastSeq: 1 },
      'p0',
      wanted,
    );
    expect(other).toBeUndefined();
    expect(change?.events).toHaveLength(limits.profileChangeEntriesMax);
    expect(change?.more).toBe(true);
    expect(profileChanges({ rows, effects, lastSeq: 1 }, 'p0', () => false)).toEqual([]);
  });
});
