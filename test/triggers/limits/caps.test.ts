import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../../src/errors.ts';
import type { FiredEntry } from '../../../src/model/decision-memory.ts';
import type { CapDefinition } from '../../../src/model/messaging.ts';
import { DAY_MS, HOUR_MS } from '../../../src/model/time.ts';
import { Zones } from '../../../src/model/zone.ts';
import { compileCap, fullCap } from '../../../src/triggers/limits/caps.ts';
import { DecisionScene, NOON, shortOf, triggerNamed } from '../decision-scene.ts';
import { createWallClock, daysBetween, FROM, TO, ZONES } from './wall-clock.ts';

const zones = new Zones();
const zoneNamed = (name: string) => {
  const zone = zones.find(name);
  if (zone === undefined) throw new RangeError(name);
  return zone;
};
const entry = (at: number, more: Partial<FiredEntry> = {}): FiredEntry => ({
  id: String(at),
  trigger: 't',
  group: '',
  channel: 'sms',
  at,
  service: false,
  heldOut: false,
  ...more,
});
const message = { trigger: 't', group: '', channel: 'sms', service: false };
const capOf = (cap: CapDefinition) => compileCap(cap, { path: '/caps/0', own: false });

describe('a cap in days', () => {
  it('goes by the calendar of the customer, today included', () => {
    const scene = new DecisionScene({
      triggers: [triggerNamed('a')],
      messaging: { zone: 'Asia/Shanghai', caps: [{ overall: true, count: 1, every: '1d' }] },
    });
    const evening = Date.parse('2026-11-21T23:59:00+08:00');
    expect(scene.at(evening, 'a').map(shortOf)).toEqual(['fired']);
    expect(scene.at(evening + 59_999, 'a').map(shortOf)).toEqual(['suppressed cap:overall']);
    expect(scene.at(evening + 60_000, 'a').map(shortOf)).toEqual(['fired']);
    scene.traits.set('timezone', 'America/New_York');
    expect(scene.at(evening + 60_001, 'a')[0]).toMatchObject({
      reason: 'cap:overall',
      trace: {
        checks: expect.arrayContaining([expect.objectContaining({ zone: 'America/New_York', fired: 2 })]),
      },
    });
  });

  it('counts what fired on the same local days, and has room again from the next one on, in any zone', () => {
    const moment = fc.integer({ min: FROM, max: TO });
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        moment,
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 12 * DAY_MS }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        (name, now, days, ages, count) => {
          const clock = createWallClock(name);
          const fired = ages.sort((a, b) => b - a).map((age) => entry(now - age));
          const countedAt = (at: number) =>
            fired.filter((each) => daysBetween(clock(each.at).date, clock(at).date) < days).length;
          const cap = capOf({ overall: true, count, every: `${days}d` });
          const found = fullCap([cap], { fired, message }, { at: now, zone: zoneNamed(name) });
          // A zone that left a day out of its calendar counts that day all the same: see the next test.
          fc.pre(name !== 'Pacific/Apia' || now < Date.UTC(2011, 11, 29) || now > Date.UTC(2012, 0, 12));
          expect(found?.count ?? 0).toBe(countedAt(now) < count ? 0 : countedAt(now));
          if (found === undefined) return;
          expect(countedAt(found.until)).toBeLessThan(count);
          expect(countedAt(found.until - 1)).toBeGreaterThanOrEqual(count);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a rolling cap', () => {
  it('has room as soon as what it counts is as old as its time', () => {
    for (const cap of [
      capOf({ overall: true, count: 1, every: '24h' }),
      capOf({ overall: true, count: 1, every: '1d', rolling: true }),
    ]) {
      const full = (age: number) =>
        fullCap([cap], { fired: [entry(NOON - age)], message }, { at: NOON, zone: zoneNamed('UTC') });
      expect(full(DAY_MS - 1)?.until).toBe(NOON + 1);
      expect(full(DAY_MS)).toBeUndefined();
    }
  });
});

describe('what a cap counts', () => {
  const countedBy = (cap: CapDefinition, fired: Partial<FiredEntry>, own = false) =>
    fullCap(
      [compileCap(cap, { path: '', own })],
      { fired: [entry(NOON, fired)], message: { ...message, group: 'g' } },
      { at: NOON + HOUR_MS, zone: zoneNamed('UTC') },
    ) !== undefined;
  const every = { count: 1, every: '1d' };

  it('is its trigger, group or channel, or everything', () => {
    expect(countedBy({ trigger: true, ...every }, {})).toBe(true);
    expect(countedBy({ trigger: true, ...every }, { trigger: 'other' })).toBe(false);
    expect(countedBy({ group: 'g', ...every }, { trigger: 'other', group: 'g' })).toBe(true);
    expect(countedBy({ group: 'g', ...every }, { group: 'h' })).toBe(false);
    expect(countedBy({ channel: 'sms', ...every }, { trigger: 'other' })).toBe(true);
    expect(countedBy({ channel: 'sms', ...every }, { channel: 'email' })).toBe(false);
    expect(countedBy({ overall: true, ...every }, { trigger: 'other', channel: 'email' })).toBe(true);
  });

  it('is nothing that was held out, no service but that of its own trigger, and no decision that sent nothing', () => {
    expect(countedBy({ overall: true, ...every }, { heldOut: true })).toBe(false);
    expect(countedBy({ overall: true, ...every }, { service: true })).toBe(false);
    expect(countedBy({ overall: true, ...every }, { service: true }, true)).toBe(true);
    expect(countedBy({ overall: true, ...every }, { service: true, trigger: 'other' }, true)).toBe(false);
    expect(countedBy({ overall: true, ...every }, { channel: 'none' })).toBe(false);
    expect(countedBy({ group: 'g', ...every }, { channel: 'none', group: 'g' })).toBe(true);
    expect(countedBy({ trigger: true, ...every }, { channel: 'none' })).toBe(true);
  });
});

describe("the customer's own maximum", () => {
  it('counts seven calendar days, and the strictest cap wins', () => {
    const scene = new DecisionScene({
      triggers: [triggerNamed('a')],
      messaging: { caps: [{ overall: true, count: 5, every: '1d' }] },
    });
    scene.traits.set('contact_limit', '1');
    expect(scene.at(NOON, 'a').map(shortOf)).toEqual(['fired']);
    const sixDays = scene.at(NOON + 6 * DAY_MS, 'a');
    expect(sixDays.map(shortOf)).toEqual(['suppressed cap:customer']);
    expect(scene.at(NOON + 7 * DAY_MS - 12 * HOUR_MS, 'a').map(shortOf)).toEqual(['fired']);
    scene.traits.set('contact_limit', 0);
    expect(scene.at(NOON + 20 * DAY_MS, 'a').map(shortOf)).toEqual(['suppressed cap:customer']);
    for (const said of ['often', -1, 1.5, true, '1000', 101]) {
      scene.traits.set('contact_limit', said);
      expect(scene.at(NOON + 21 * DAY_MS, 'a')[0]?.reason).not.toBe('cap:customer');
      scene.header.decisions = undefined as never;
    }
  });
});

describe('a cap that is none', () => {
  it('is refused with its place', () => {
    const path = (cap: CapDefinition) => {
      try {
        compileCap(cap, { path: '/limit/caps/0', own: true });
      } catch (error) {
        if (error instanceof TesseraError) return error.path;
        throw error;
      }
      return 'accepted';
    };
    expect(path({ overall: true, count: 1, every: '109500d' })).toBe('/limit/caps/0/every');
    expect(path({ overall: true, count: 1, every: 'often' })).toBe('/limit/caps/0/every');
    expect(path({ overall: true, count: 0, every: '1d' })).toBe('/limit/caps/0/count');
    expect(path({ count: 1, every: '1d' })).toBe('/limit/caps/0');
    expect(path({ overall: true, group: 'g', count: 1, every: '1d' })).toBe('/limit/caps/0');
  });
});
