import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';
import { type Zone, Zones } from '../../src/model/zone.ts';

function zoneOf(name: string): Zone {
  const zone = new Zones().find(name);
  if (zone === undefined) expect.fail(`there is no zone ${name}`);
  return zone;
}

describe('a zone', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T01:00:00Z', HOUR_MS, 2 * HOUR_MS],
    ['Europe/Berlin', '2026-10-25T01:00:00Z', 2 * HOUR_MS, HOUR_MS],
    ['America/New_York', '2026-11-01T06:00:00Z', -4 * HOUR_MS, -5 * HOUR_MS],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', 11 * HOUR_MS, 10 * HOUR_MS + 30 * MINUTE_MS],
    ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', 10 * HOUR_MS + 30 * MINUTE_MS, 11 * HOUR_MS],
    ['America/St_Johns', '2010-11-07T02:31:00Z', -150 * MINUTE_MS, -210 * MINUTE_MS],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', -10 * HOUR_MS, 14 * HOUR_MS],
  ])('%s changes to the millisecond at %s', (name, at, before, after) => {
    const zone = zoneOf(name);
    const change = Date.parse(at);
    expect(zone.offsetAt(change - 1)).toBe(before);
    expect(zone.offsetAt(change)).toBe(after);
    // Asked again, out of what it remembers, and with another day in between.
    expect(zone.offsetAt(change - 3 * DAY_MS)).toBe(before);
    expect(zone.offsetAt(change - 1)).toBe(before);
    expect(zone.localAt(change + 1)).toBe(change + 1 + after);
  });

  it('without changes has one offset, before 1970 as well', () => {
    const zone = zoneOf('Asia/Kolkata');
    for (const time of [-20 * 365 * DAY_MS, 0, Date.UTC(2026, 5, 1)])
      expect(zone.offsetAt(time)).toBe(5.5 * HOUR_MS);
  });

  it('answers the same after more days than it remembers', () => {
    const zone = zoneOf('Europe/Berlin');
    const summer = Date.UTC(2026, 6, 1);
    for (let day = 0; day <= limits.zoneDaysMax; day += 1) zone.offsetAt(summer - day * DAY_MS);
    expect(zone.offsetAt(summer)).toBe(2 * HOUR_MS);
  });
});

describe('zones', () => {
  it('are found once each', () => {
    const zones = new Zones();
    expect(zones.find('Asia/Shanghai')).toBe(zones.find('Asia/Shanghai'));
  });

  it.each(['', 'Mars/Olympus', '+08:00', '08:00', 'Europe/Berlin ', '__proto__'])(
    'do not know "%s"',
    (name) => {
      const zones = new Zones();
      expect(zones.find(name)).toBeUndefined();
      expect(zones.find(name)).toBeUndefined();
    },
  );

  it('that events name in any number take bounded room', () => {
    const zones = new Zones();
    const known = zones.find('Asia/Shanghai');
    for (let index = 0; index <= limits.zonesMax; index += 1) zones.find(`Nowhere/${index}`);
    expect(zones.find('Asia/Shanghai')).not.toBe(known);
    expect(zones.find('Asia/Shanghai')?.offsetAt(0)).toBe(8 * HOUR_MS);
  });
});
