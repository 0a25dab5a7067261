import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { readFact } from '../../src/loyalty/read-fact.ts';
import { type LedgerState, replayLedger } from '../../src/loyalty/replay.ts';
import { settleLedger } from '../../src/loyalty/settle.ts';
import type { LedgerFact } from '../../src/model/loyalty.ts';
import { DAY_MS } from '../../src/model/time.ts';
import {
  compiled,
  eventOfHappening,
  factsOf,
  happenings,
  orderEvent,
  programs,
  T0,
} from './loyalty-world.ts';

/** Long after everything that may happen in two months. */
const LATER = T0 + limits.orderFactMs + 100 * DAY_MS;

function settled(facts: readonly LedgerFact[], program: ReturnType<typeof compiled>, now: number) {
  const byKey = new Map(facts.map((fact) => [fact.key, fact]));
  const settlement = settleLedger(byKey, program, now);
  const left = facts
    .filter(({ key }) => settlement?.removed.has(key) !== true)
    .map((fact) => ({ ...fact, points: settlement?.reduced.get(fact.key) ?? fact.points }));
  return { settlement, left };
}

const sums = ({ available, pending, debt }: LedgerState) => ({ available, pending, debt });

describe('settling', () => {
  it('leaves every later balance as it is, also with what comes after it', () => {
    fc.assert(
      fc.property(happenings, happenings, programs, (old, recent, program) => {
        const facts = factsOf(old.map(eventOfHappening), program);
        const { settlement, left } = settled(facts, program, LATER);
        const more = factsOf(
          recent.map((each) => eventOfHappening(afterwards(each))),
          program,
        );
        for (const days of [0, 1, 10, 40, 61, 90, 500]) {
          const now = LATER + days * DAY_MS;
          expect(sums(replayLedger([...left, ...more], program, now))).toEqual(
            sums(replayLedger([...facts, ...more], program, now)),
          );
        }
        if (settlement !== undefined) {
          const { earned, burned, expired, returned } = settlement.settled;
          expect(earned).toBe(burned + expired + returned);
        }
      }),
      { numRuns: 250 },
    );
  });

  it('lets whatever is remembered be returned, cancelled and given back', () => {
    const reports = fc.array(
      fc.record({
        what: fc.constantFrom('refund' as const, 'cancel' as const, 'restore' as const),
        id: fc.constantFrom('1', '2', '3', '4'),
        spend: fc.integer({ min: 1, max: 30_000 }),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(happenings, reports, programs, fc.noBias(fc.nat(70)), (old, later, program, days) => {
        const now = T0 + limits.orderFactMs + days * DAY_MS;
        const cutoff = now - limits.orderFactMs;
        const at = now + DAY_MS;
        const isRemembered = (type: string, id: string): boolean =>
          old.every((each) => each.type !== type || !('id' in each) || each.id !== id || each.at >= cutoff);
        const more = later.flatMap(({ what, id, spend }): Parameters<typeof eventOfHappening>[0][] => {
          if (what === 'restore') return isRemembered('burn', id) ? [{ type: 'restore', burn: id, at }] : [];
          const paid = old.filter((each) => each.type === 'burn' && each.order === id);
          if (!isRemembered('order', id) || paid.some((each) => each.at < cutoff)) return [];
          return what === 'cancel'
            ? [{ type: 'cancel', id, at }]
            : [{ type: 'refund', id, refund: 'late', at, spend }];
        });
        const facts = factsOf(old.map(eventOfHappening), program);
        const { left } = settled(facts, program, now);
        const late = factsOf(more.map(eventOfHappening), program);
        const unique = [...new Map(late.map((fact) => [fact.key, fact])).values()].filter(
          ({ key }) => !facts.some((fact) => fact.key === key),
        );
        for (const moment of [now, at, at + 40 * DAY_MS]) {
          expect(sums(replayLedger([...left, ...unique], program, moment))).toEqual(
            sums(replayLedger([...facts, ...unique], program, moment)),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('waits for what was reported late', () => {
    const program = compiled({ expiry: { months: 1 } });
    const [fact] = factsOf([orderEvent('1', T0, 10_000)], program);
    const late = { ...fact, since: LATER - limits.orderFactMs } as LedgerFact;
    expect(settled([late], program, LATER).settlement).toBeUndefined();
    expect(settled([late], program, LATER + 1).left).toEqual([]);
  });

  it('lets nothing go that may still change, and everything that has come to nothing', () => {
    const program = compiled({ expiry: { months: 1 } });
    const facts = factsOf([orderEvent('1', T0, 10_000), orderEvent('2', T0 + DAY_MS, 10_000)], program);
    expect(settled(facts, program, T0 + limits.orderFactMs).settlement).toBeUndefined();
    const { settlement, left } = settled(facts, program, T0 + limits.orderFactMs + 1);
    expect([...(settlement?.removed ?? [])]).toEqual(['o\0default\x001']);
    expect(left).toHaveLength(1);
    expect(settled(facts, program, LATER).left).toEqual([]);
    expect(settled(facts, program, LATER).settlement?.settled).toEqual({
      earned: 20,
      burned: 0,
      expired: 20,
      returned: 0,
    });
  });

  it('leaves word of gifts that come once', () => {
    const program = compiled({
      earn: { welcome: { points: 5, on: 'signed_up' }, reported: true },
      expiry: { months: 1 },
    });
    const welcome = { ...orderEvent('1', T0, 1), type: 'signed_up', order: undefined };
    const { order: _order, ...event } = welcome;
    const fact = readFact(program, event, T0);
    const { left } = settled(fact === undefined ? [] : [fact], program, LATER);
    expect(left).toMatchObject([{ key: 'w', points: 0 }]);
    expect(settled(left, program, LATER).settlement).toBeUndefined();
  });

  it('keeps the tier that settled orders had led to', () => {
    const program = compiled({
      expiry: { months: 1 },
      tiers: {
        by: 'orders',
        window: 'calendar_year',
        grace: '0d',
        base: 'member',
        levels: [{ name: 'gold', from: 1 }],
      },
    });
    // Ordered early in one year: gold until the end of the next.
    const facts = factsOf([orderEvent('1', T0 + DAY_MS, 10_000)], program);
    const now = T0 + DAY_MS + limits.orderFactMs + DAY_MS;
    const before = replayLedger(facts, program, now).tier;
    expect(before).toMatchObject({ name: 'gold' });
    const { settlement, left } = settled(facts, program, now);
    expect(left).toEqual([]);
    const mark = {
      ...facts[0],
      key: 't',
      kind: 'tier',
      points: 0,
      time: now,
      ...settlement?.mark,
    } as LedgerFact;
    const after = replayLedger([mark], program, now).tier;
    expect(after).toMatchObject({ name: 'gold', since: before?.since, until: before?.until });
    expect(replayLedger([mark], program, before?.until ?? 0).tier).toMatchObject({ name: 'member' });
  });
});

/** The same, under other names, once the old ones have settled. */
function afterwards(each: Parameters<typeof eventOfHappening>[0]): Parameters<typeof eventOfHappening>[0] {
  const at = each.at + LATER - T0;
  if (each.type === 'restore') return { ...each, at, burn: `n${each.burn}` };
  if (each.type === 'burn' && each.order !== undefined)
    return { ...each, at, id: `n${each.id}`, order: `n${each.order}` };
  return { ...each, at, id: `n${each.id}` };
}
