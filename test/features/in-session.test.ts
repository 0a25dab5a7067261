import { describe, expect, it } from 'vitest';
import { inSession } from '../../src/features/in-session.ts';
import type { Operation, Stretch } from '../../src/features/operation.ts';
import { createCount } from '../../src/features/operations/count.ts';
import { compileSpan } from '../../src/features/tiles.ts';
import { limits } from '../../src/limits.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';

const COUNT: Operation = createCount({
  span: compileSpan('lifetime'),
  money: false,
  limit: 1,
  distinct: false,
  unit: 'days',
  reportingCurrency: 'CNY',
}) as Operation; // The wrapper gives back states as they are.

const IDLE = 30 * MINUTE_MS;
const NOON = 20_000 * DAY_MS + 12 * HOUR_MS;
const sessionOf = (inner: Operation, idle: number): Operation => inSession(inner, idle) as Operation; // States are plain arrays to everybody else.
const session = sessionOf(COUNT, IDLE);

function fold(operation: Operation, times: readonly number[], now = Math.max(...times)): unknown[] {
  const state = operation.empty();
  for (const time of times) operation.add(state, { time, tie: `s\0${time}`, currency: '', values: [1] }, now);
  return state;
}

describe('a session', () => {
  it('is over when nothing has happened for longer than the idle time', () => {
    const state = fold(session, [NOON, NOON + IDLE, NOON + 2 * IDLE]);
    expect(session.read(state, NOON + 3 * IDLE)).toEqual({ value: 3 });
    expect(session.read(state, NOON + 3 * IDLE + 1)).toEqual({ value: 0 });
    expect(session.read(fold(session, [NOON, NOON + IDLE + 1]), NOON + IDLE + 1).value).toBe(1);
  });

  it('is stitched by a late event that lies between two', () => {
    const state = fold(session, [NOON, NOON + 2 * IDLE]);
    expect(state).toEqual([NOON, NOON, [0, 1], NOON + 2 * IDLE, NOON + 2 * IDLE, [0, 1]]);
    session.add(state, { time: NOON + IDLE, tie: 't', currency: '', values: [1] }, NOON + 2 * IDLE);
    expect(state).toEqual([NOON, NOON + 2 * IDLE, [0, 3]]);
  });

  it('goes on over midnight for up to 24 hours', () => {
    const midnight = 20_000 * DAY_MS;
    const state = fold(session, [midnight - 2, midnight - 1, midnight, midnight + 1]);
    expect(state).toHaveLength(6);
    expect(session.read(state, midnight + 1)).toEqual({ value: 4 });
  });

  it('of more than 24 hours is cut at the bounds of UTC days', () => {
    const long = sessionOf(COUNT, 4 * HOUR_MS);
    const everyHour = (hours: number): number[] =>
      Array.from({ length: hours + 1 }, (_, hour) => NOON + hour * HOUR_MS);
    const read = (times: readonly number[]): unknown =>
      long.read(fold(long, times), Math.max(...times)).value;
    expect(read(everyHour(24))).toBe(25);
    expect(read([...everyHour(24), NOON + DAY_MS + 1])).toBe(14);
    expect(read(everyHour(35))).toBe(24);
    expect(read(everyHour(47))).toBe(12);
  });

  it('is cut also where only the eve of its eve makes it longer than 24 hours', () => {
    const long = sessionOf(COUNT, 4 * HOUR_MS);
    const midnight = 20_000 * DAY_MS;
    const day = Array.from({ length: 6 }, (_, index) => midnight + (2 + 4 * index) * HOUR_MS);
    const last = midnight + DAY_MS + HOUR_MS;
    // From two o'clock to one o'clock next night it is one; with an event before the first midnight it is not.
    expect(long.read(fold(long, [...day, last]), last).value).toBe(7);
    expect(long.read(fold(long, [midnight - 1, ...day, last]), last).value).toBe(1);
  });

  it('tells the aggregate when it began', () => {
    const stretches: (Stretch | undefined)[] = [];
    const spied = sessionOf(
      {
        ...COUNT,
        read(state, now, stretch) {
          stretches.push(stretch);
          return COUNT.read(state, now);
        },
      },
      IDLE,
    );
    spied.read(fold(spied, [NOON, NOON + 5]), NOON + 9);
    expect(stretches).toEqual([{ from: NOON, to: NOON + 9 }]);
  });

  it('keeps nothing that no later reading reaches', () => {
    const state = fold(session, [NOON]);
    const now = NOON + limits.sessionReachMs + 1;
    session.add(state, { time: now, tie: 't', currency: '', values: [1] }, now);
    expect(state).toEqual([now, now, [0, 1]]);
    session.add(state, { time: NOON, tie: 't', currency: '', values: [1] }, now);
    expect(state).toHaveLength(3);
  });

  it('without an idle time of its own waits as long as the channel of each event says', () => {
    const byChannel = inSession(COUNT, IDLE, true) as Operation; // As above.
    const APP = 2 * MINUTE_MS;
    const state = byChannel.empty();
    const add = (time: number, idleMs?: number): void =>
      byChannel.add(
        state,
        { time, tie: `${time}`, currency: '', values: [1], ...(idleMs && { idleMs }) },
        NOON + IDLE,
      );
    add(NOON, APP);
    expect(byChannel.read(state, NOON + APP).value).toBe(1);
    expect(byChannel.read(state, NOON + APP + 1).value).toBe(0);
    add(NOON + 3 * MINUTE_MS, APP);
    expect(byChannel.read(state, NOON + 4 * MINUTE_MS).value).toBe(1);
    // A late event without a channel, or of the web, waits for both.
    add(NOON - MINUTE_MS);
    expect(byChannel.read(state, NOON + IDLE - MINUTE_MS).value).toBe(3);
    expect(state).toEqual([NOON - MINUTE_MS, NOON - MINUTE_MS, [0, 3]]);
  });

  it('waits past midnight while shorter ones come and go', () => {
    const byChannel = inSession(COUNT, IDLE, true) as Operation; // As above.
    const midnight = 20_000 * DAY_MS;
    const state = byChannel.empty();
    for (const [minute, idleMs] of [
      [-1, IDLE],
      [1, 2 * MINUTE_MS],
      [10, 2 * MINUTE_MS],
    ] as const) {
      const time = midnight + minute * MINUTE_MS;
      byChannel.add(state, { time, tie: `${time}`, currency: '', values: [1], idleMs }, time);
    }
    expect(state).toHaveLength(9);
    expect(byChannel.read(state, midnight + 29 * MINUTE_MS).value).toBe(3);
    expect(byChannel.read(state, midnight + 29 * MINUTE_MS + 1).value).toBe(0);
  });

  it('stays within its bound, and says where what was dropped may be missing', () => {
    const short = sessionOf(COUNT, MINUTE_MS);
    const max = limits.sessionSegmentsMax;
    const start = NOON - 6 * HOUR_MS;
    const times = Array.from({ length: max + 1 }, (_, index) => start + index * 2 * MINUTE_MS);
    const state = fold(short, times);
    expect(state).toHaveLength(3 * (max + 1));
    expect(state.slice(0, 3)).toEqual([start, start, null]);
    const now = Math.max(...times);
    expect(short.read(state, now)).toEqual({ value: 1 });
    // Late events join everything; one of the joined was dropped.
    for (const time of times)
      short.add(state, { time: time + MINUTE_MS, tie: 't', currency: '', values: [1] }, now + MINUTE_MS);
    expect(short.read(state, now + MINUTE_MS)).toEqual({ value: 2 * max + 1, approximate: true });
    const merged = short.merge(state, fold(short, times.slice(0, 3)));
    expect(merged.filter((column) => column === null)).toHaveLength(1);
    const much = now + limits.sessionReachMs + 2 * MINUTE_MS;
    short.add(merged, { time: much, tie: 't', currency: '', values: [1] }, much);
    expect(merged).toEqual([much, much, [0, 1]]);
  });

  it('of a merged state leaves its parts as they were', () => {
    const a = fold(session, [NOON, NOON + 3 * IDLE]);
    const b = fold(session, [NOON + 2 * IDLE]);
    const [before, other] = [structuredClone(a), structuredClone(b)];
    const merged = session.merge(a, b);
    session.add(merged, { time: NOON, tie: 't', currency: '', values: [1] }, NOON);
    session.add(merged, { time: NOON + 3 * IDLE, tie: 't', currency: '', values: [1] }, NOON + 3 * IDLE);
    expect([a, b]).toEqual([before, other]);
  });
});
