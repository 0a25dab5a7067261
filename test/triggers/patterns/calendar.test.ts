import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/model/json.ts';
import { DAY_MS, MINUTE_MS } from '../../../src/model/time.ts';
import type { Firing, TriggerDefinition } from '../../../src/model/trigger.ts';
import { type InForce, PipelineWorld, START, triggerOn } from '../pipeline-world.ts';

const DAY = DAY_MS / MINUTE_MS;

function worldOf(on: TriggerDefinition['on'], more: Partial<InForce> = {}): PipelineWorld {
  return new PipelineWorld({ triggers: [triggerOn(on)], ...more });
}

function said(traits: JsonObject, id = 'said') {
  return { id, type: 'profile_identified', traits };
}

/** The day and the moment, in UTC. */
function when({ trace, at }: Firing): string {
  return `${trace.key} ${new Date(at).toISOString().slice(0, 16)}`;
}

describe('a birthday', () => {
  it('is a day of every year at ten in the zone of the customer, or of everybody', () => {
    const world = worldOf({ calendar: { birthday: true } });
    world.event(0, said({ birthday: '1991-12-24' }));
    expect(world.until(800 * DAY).map(when)).toEqual([
      '2026-12-24 2026-12-24T10:00',
      '2027-12-24 2027-12-24T10:00',
      '2028-12-24 2028-12-24T10:00',
    ]);
    const shanghai = worldOf(
      { calendar: { birthday: true, days_before: 3 } },
      { messaging: { zone: 'Asia/Shanghai' } },
    );
    shanghai.event(0, said({ birth_date: '12-24' }));
    expect(shanghai.until(60 * DAY).map(when)).toEqual(['2026-12-21 2026-12-21T02:00']);
    const own = worldOf(
      { calendar: { birthday: true }, at: '08:30' },
      { messaging: { zone: 'Asia/Shanghai' } },
    );
    own.event(0, said({ birthday: '12-24', timezone: 'America/New_York' }));
    expect(own.until(60 * DAY).map(when)).toEqual(['2026-12-24 2026-12-24T13:30']);
  });

  it('on 29 February is on the 28th in other years', () => {
    const world = worldOf({ calendar: { birthday: true } });
    world.event(0, said({ birthday: '2000-02-29' }));
    const firings = world.until(3 * 365 * DAY);
    expect(firings.map(({ trace }) => trace.key)).toEqual(['2027-02-28', '2028-02-29', '2029-02-28']);
  });

  it('moves with what is said of it, and is done once a day', () => {
    const world = worldOf({ calendar: { birthday: true } });
    world.event(0, said({ birthday: '11-25' }, 'a'));
    world.event(1, said({ birthday: '11-24' }, 'b'));
    expect(world.until(20 * DAY).map(when)).toEqual(['2026-11-24 2026-11-24T10:00']);
    world.event(20 * DAY, said({ birthday: '11-24' }, 'c'));
    expect(world.until(60 * DAY)).toEqual([]);
  });

  it('that became known more than a day late is not done, and one of this morning is', () => {
    const late = worldOf({ calendar: { birthday: true } });
    late.event(0, said({ birthday: '11-20' }));
    expect(late.until(20 * DAY)).toEqual([]);
    const today = worldOf({ calendar: { birthday: true }, at: '08:00' });
    today.event(0, said({ birthday: '11-21' }));
    expect(today.until(1).map(({ trace }) => trace.key)).toEqual(['2026-11-21']);
    expect(today.until(300 * DAY)).toEqual([]);
  });

  it('is read of a sealed one by what stands beside the ciphertext', () => {
    const world = worldOf({ calendar: { birthday: true } });
    world.event(0, said({ birthday: { $sealed: 'v1.f.xyz', kind: 'birthday', day: '11-30' } }));
    expect(world.until(20 * DAY).map(when)).toEqual(['2026-11-30 2026-11-30T10:00']);
  });
});

describe('a date', () => {
  it('is counted from a trait: a day, a moment, or a day of every year', () => {
    for (const [value, day] of [
      ['2026-12-01', '2026-12-04'],
      ['2026-12-01T23:00:00Z', '2026-12-05'],
      [Date.UTC(2026, 11, 1, 12), '2026-12-04'],
      ['12-01', '2026-12-04'],
    ] as const) {
      const on = { calendar: { date: { trait: 'wedding' }, days_after: 3 } };
      const world = worldOf(on, { messaging: { zone: 'Asia/Shanghai' } });
      world.event(0, said({ wedding: value }));
      expect(world.until(60 * DAY).map(({ trace }) => trace.key)).toEqual([day]);
    }
    const odd = worldOf({ calendar: { date: { trait: 'wedding' } } });
    odd.event(0, said({ wedding: '2026-02-31' }));
    odd.event(1, said({ wedding: true }));
    expect(odd.alarms).toEqual([]);
  });

  it('is counted from the newest of events, whose properties the condition may ask', () => {
    const on = { calendar: { since: { event: 'order_completed' }, days: 30 }, at: '12:00' };
    const when = { 'properties.gift': { equals: true } };
    const world = new PipelineWorld({ triggers: [triggerOn(on, { when })] });
    const order = (gift: boolean, id: string) => ({ id, type: 'order_completed', properties: { gift } });
    world.event(0, order(true, 'o1'));
    world.event(2 * DAY, order(true, 'o2'));
    world.event(1 * DAY, { ...order(false, 'o0'), at: 3 * DAY });
    expect(world.until(40 * DAY)).toMatchObject([{ event_id: 'o2', trace: { key: '2026-12-23' } }]);
    world.event(50 * DAY, order(false, 'o3'));
    expect(world.until(200 * DAY)).toEqual([]);
    expect(world.alarms).toEqual([]);
  });

  it('is one of the occasions of the messaging definition', () => {
    const occasions = { spring_festival: ['2026-02-17', '2027-02-06', '2028-01-26'] };
    const on = { calendar: { occasion: 'spring_festival', days_before: 7 } };
    const world = worldOf(on, { messaging: { occasions } });
    world.event(0);
    expect(world.until(450 * DAY).map(({ trace }) => trace.key)).toEqual(['2027-01-30', '2028-01-19']);
  });
});

describe('the days of everybody', () => {
  it('are planned anew once definitions are others', () => {
    const world = worldOf({ event: 'product_viewed' });
    world.event(0, said({ birthday: '12-24' }));
    expect(world.alarms).toEqual([]);
    world.define({ triggers: [triggerOn({ calendar: { birthday: true } })] });
    world.lookAnew('p');
    expect(world.alarms).toHaveLength(1);
    world.define({
      triggers: [triggerOn({ calendar: { birthday: true } })],
      messaging: { zone: 'Asia/Shanghai' },
    });
    world.lookAnew('p');
    expect(world.until(60 * DAY).map(when)).toEqual(['2026-12-24 2026-12-24T02:00']);
    world.define({ triggers: [] });
    expect(world.until(800 * DAY)).toEqual([]);
    expect(world.alarms).toEqual([]);
  });
});

/** What Intl says of the same day and hour. */
function naiveMoment(zone: string, day: string, hour: number): number {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  const wanted = `${day}, ${String(hour).padStart(2, '0')}:00`;
  const noon = Date.parse(`${day}T12:00:00Z`);
  for (let at = noon - 36 * 60 * MINUTE_MS; at < noon + 36 * 60 * MINUTE_MS; at += 15 * MINUTE_MS)
    if (format.format(at) === wanted) return at;
  return Number.NaN;
}

describe('the moment of a day', () => {
  it('is what a wall clock of the zone shows, over changes of the clock', () => {
    const zones = [
      'Asia/Shanghai',
      'Europe/London',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 5, max: 23 }),
        (zone, ahead, hour) => {
          const day = new Date(START + ahead * DAY_MS).toISOString().slice(0, 10);
          const at = `${String(hour).padStart(2, '0')}:00`;
          const world = worldOf({ calendar: { date: { trait: 'day' } }, at });
          world.event(0, said({ day, timezone: zone }));
          expect(world.alarms.map((minute) => START + minute * MINUTE_MS)).toEqual([
            naiveMoment(zone, day, hour),
          ]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
