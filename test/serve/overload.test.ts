import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { Principal } from '../../src/serve/authenticate.ts';
import { isSheddable, Overload, type TrafficClass, trafficClass } from '../../src/serve/overload.ts';

const CLASSES: readonly TrafficClass[] = ['patient', 'lost', 'server'];

/** An event loop that is so late at each look. */
function lateBy(...late: readonly number[]): Overload {
  let now = 0;
  const overload = new Overload({ elapsed: () => now });
  overload.look();
  for (const ms of late) {
    now += limits.shedLookMs + ms;
    overload.look();
  }
  return overload;
}

const always = (ms: number): number[] => new Array(limits.shedLooks + 1).fill(ms);

function refused(overload: Overload): TrafficClass[] {
  return CLASSES.filter((traffic) => {
    try {
      overload.admit(traffic);
      return false;
    } catch (error) {
      expect(error).toMatchObject({ code: 'overloaded', retryAfterMs: expect.any(Number) });
      return true;
    }
  });
}

describe('what is refused', () => {
  it('is nothing while nothing waits, and nothing for a moment of lateness however long', () => {
    expect(refused(lateBy())).toEqual([]);
    expect(refused(lateBy(...always(limits.shedLateMs - 1)))).toEqual([]);
    const burst = always(limits.shedLateMs * 100);
    burst[3] = 0;
    expect(refused(lateBy(...burst))).toEqual([]);
  });

  it('is what can wait first, what would be lost second, tills and servers last', () => {
    expect(refused(lateBy(...always(limits.shedLateMs)))).toEqual(['patient']);
    expect(refused(lateBy(...always(limits.shedLateMs * 2)))).toEqual(['patient', 'lost']);
    expect(refused(lateBy(...always(limits.shedLateMs * 4)))).toEqual(['patient', 'lost', 'server']);
  });

  it('is counted, and ends as soon as one look finds the loop in time', () => {
    let now = 0;
    const overload = new Overload({ elapsed: () => now });
    for (const ms of [...always(limits.shedLateMs), 0]) {
      now += limits.shedLookMs + ms;
      overload.look();
      if (ms > 0) refused(overload);
    }
    expect(overload.shed).toEqual({ patient: 2, lost: 0, server: 0 });
    expect(overload.pressure).toBe(0);
    expect(refused(overload)).toEqual([]);
  });

  it('goes by what waits for the log as well', async () => {
    const overload = new Overload({ elapsed: () => 0 });
    let end = (): void => undefined;
    const stored = new Promise<[]>((resolve) => {
      end = () => resolve([]);
    });
    const intake = overload.counting({ append: async () => await stored });
    // Only how many there are is looked at.
    const events = new Array(limits.shedWaitingEvents).fill(undefined);
    const appended = intake.append(events, []);
    expect(refused(overload)).toEqual(['patient']);
    const more = intake.append(events, events);
    expect(refused(overload)).toEqual(['patient', 'lost']);
    end();
    await Promise.all([appended, more]);
    expect(refused(overload)).toEqual([]);
    const broken = overload.counting({ append: async () => await Promise.reject(new RangeError('x')) });
    await expect(broken.append(events, [])).rejects.toThrow(RangeError);
    expect(overload.pressure).toBe(0);
  });

  it('is never a class while one of less worth is taken', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 }), (late) => {
        const found = refused(lateBy(...late));
        expect(found).toEqual(CLASSES.slice(0, found.length));
      }),
      { verbose: 1 },
    );
  });
});

describe('the class of a request', () => {
  const key = (kind: Principal['kind']): Principal => ({
    kind,
    name: 'k',
    scopes: new Set(),
    origins: 'any',
  });
  const sender = { method: 'POST', path: '/v1/events', headers: {}, principal: key('write') };

  it('is that of tills and servers by a secret key, unless it says that it can wait', () => {
    expect(trafficClass({ ...sender, principal: key('secret') })).toBe('server');
    const low = { 'x-tessera-priority': 'low' };
    expect(trafficClass({ ...sender, principal: key('secret'), headers: low })).toBe('patient');
  });

  it('is that of libraries by a write key, and by a key in a body that nobody has read', () => {
    expect(trafficClass(sender)).toBe('patient');
    expect(trafficClass({ ...sender, principal: undefined })).toBe('patient');
    expect(trafficClass({ ...sender, headers: { 'x-tessera-priority': 'high' } })).toBe('patient');
  });

  it('is that of what nobody sends again for images and beacons', () => {
    expect(trafficClass({ ...sender, method: 'GET', path: '/sa.gif' })).toBe('lost');
    expect(trafficClass({ ...sender, headers: { 'sec-fetch-mode': 'no-cors' } })).toBe('lost');
    expect(trafficClass({ ...sender, path: '/beacon/v1/batch' })).toBe('lost');
  });

  it('spares operators', () => {
    expect(isSheddable(['ingest'])).toBe(true);
    expect(isSheddable(['read', 'pii'])).toBe(true);
    for (const scope of ['admin', 'define', 'privacy'] as const) expect(isSheddable([scope])).toBe(false);
  });
});
