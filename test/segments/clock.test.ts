import { describe, expect, it } from 'vitest';
import { eventOf } from '../support/fold-world.ts';
import { SegmentWorld, segmentOf } from './segment-world.ts';

const at = (text: string) => Date.parse(text);

describe('a segment that goes by the clock', () => {
  const open = segmentOf('open', { time_of_day: { from: '09:00', to: '18:00' } });
  const weekend = segmentOf('weekend', { weekday: { in: ['sat', 'sun'] } });

  it('is entered and left as time passes, each at its minute', () => {
    const world = new SegmentWorld();
    world.define([], [open, weekend]);
    const friday = at('2026-11-20T08:00:00Z');
    world.event('p', eventOf('e1', ['a1'], { time: friday }), friday);
    expect(world.members('p')).toEqual([]);
    world.passUntil(at('2026-11-21T20:00:00Z'));
    expect(
      world.changes.map(
        ({ segment, change, at: when }) => `${segment} ${change} ${new Date(when).toISOString()}`,
      ),
    ).toEqual([
      'open entered 2026-11-20T09:00:00.000Z',
      'open left 2026-11-20T18:00:00.000Z',
      'weekend entered 2026-11-21T00:00:00.000Z',
      'open entered 2026-11-21T09:00:00.000Z',
      'open left 2026-11-21T18:00:00.000Z',
    ]);
  });

  it('goes by the clock of the customer, from the moment on at which that is known', () => {
    const world = new SegmentWorld();
    world.define([], [open]);
    const morning = at('2026-11-20T02:00:00Z');
    world.event('p', eventOf('e1', ['a1'], { time: morning }), morning);
    expect(world.members('p')).toEqual([]);
    const later = morning + 1_000;
    world.event('p', eventOf('e2', ['a1'], { time: later, traits: { timezone: 'Asia/Shanghai' } }), later);
    expect(world.members('p')).toEqual(['open']);
    world.passUntil(at('2026-11-20T10:00:00Z'));
    expect(world.members('p')).toEqual([]);
  });

  it('that lasts for days wakes nobody in between for nothing', () => {
    const world = new SegmentWorld();
    world.define([], [segmentOf('november', { local_date: { from: '11-01', to: '11-30' } })]);
    const now = at('2026-11-20T02:00:00Z');
    world.event('p', eventOf('e1', ['a1'], { time: now }), now);
    world.passUntil(at('2026-12-01T00:00:00Z'));
    expect(world.members('p')).toEqual([]);
    expect(world.wakes).toBeLessThanOrEqual(3);
  });
});
