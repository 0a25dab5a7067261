import fc from 'fast-check';
import { stream } from './generated-stream.ts';
import type { Kept } from './naive-features.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A zone, and a moment in it around which something happens to its clocks or its calendar. */
export interface Turn {
  readonly zone: string;
  readonly at: number;
}

export const TURNS: readonly Turn[] = [
  { zone: 'Europe/Berlin', at: Date.UTC(2026, 2, 29, 1) },
  { zone: 'Europe/Berlin', at: Date.UTC(2026, 9, 25, 1) },
  { zone: 'America/New_York', at: Date.UTC(2026, 2, 8, 7) },
  { zone: 'America/New_York', at: Date.UTC(2026, 10, 1, 6) },
  { zone: 'Asia/Shanghai', at: Date.UTC(2026, 1, 28, 16) },
  { zone: 'Australia/Lord_Howe', at: Date.UTC(2026, 3, 4, 15) },
  { zone: 'Australia/Lord_Howe', at: Date.UTC(2026, 9, 3, 15, 30) },
  // At one minute past midnight the clock went back to the day before.
  { zone: 'America/St_Johns', at: Date.UTC(2010, 10, 7, 2, 31) },
  // The thirtieth of December was left out.
  { zone: 'Pacific/Apia', at: Date.UTC(2011, 11, 30, 10) },
  { zone: 'UTC', at: Date.UTC(2026, 0, 1) },
];

/** Steps from one event to the next: bursts, the edges of the idle times in use, hours, days and months. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, MINUTE, 2 * MINUTE, 2 * MINUTE + 1, 30 * MINUTE) },
  { weight: 4, arbitrary: fc.constantFrom(30 * MINUTE + 1, HOUR, 3 * HOUR, 4 * HOUR, 4 * HOUR + 1) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 4 * HOUR }) },
  { weight: 1, arbitrary: fc.constantFrom(DAY, 2 * DAY, 7 * DAY, 31 * DAY) },
);

const delay = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 40 * MINUTE }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 30 * HOUR }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 * DAY }) },
);

const before = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 6 * HOUR }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 * DAY }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 100 * DAY }) },
);

/** The bodies of the generated stream at other times: in steps, from shortly before the turn, some reported late. */
export function streamAround({ at }: Turn): fc.Arbitrary<readonly Kept[]> {
  return fc
    .tuple(stream, before, fc.array(fc.tuple(step, delay), { minLength: 50, maxLength: 50 }))
    .map(([kept, ahead, moves]) => {
      let time = at - ahead;
      return kept
        .map(({ facet, event }, index) => {
          const [gap, late] = moves[index] ?? [0, 0];
          time += gap;
          return {
            facet,
            event: { ...event, time, receivedAt: time + late },
            appendedAt: time + late,
          };
        })
        .sort((a, b) => a.appendedAt - b.appendedAt);
    });
}

/** When to read: soon enough for a session to be open, at its edges, around midnights, and much later. */
export const later = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 2 * MINUTE, 2 * MINUTE + 1, 30 * MINUTE, 30 * MINUTE + 1) },
  { weight: 2, arbitrary: fc.constantFrom(4 * HOUR, 4 * HOUR + 1) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 30 * HOUR }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 60 * DAY }) },
);
