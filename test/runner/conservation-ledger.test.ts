import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { noTallies, type Tallies } from '../../src/model/conservation.ts';
import type { OutcomeStatus } from '../../src/model/effect.ts';
import { ConservationLedger, decodeLedger, type OpenTally } from '../../src/runner/conservation-ledger.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 21, 12);
const STATUSES: readonly OutcomeStatus[] = ['applied', 'duplicate', 'quarantined', 'refused'];

function opened(): ConservationLedger {
  const ledger = new ConservationLedger();
  ledger.load(undefined, true);
  return ledger;
}

const step = fc.record({
  /** The log's time goes on. */
  after: fc.nat({ max: 2 * MINUTE }),
  source: fc.constantFrom('web', 'till', 'app'),
  /** How long ago it was received; now and then very long. */
  age: fc.oneof(fc.nat({ max: MINUTE }), fc.nat({ max: 100 * MINUTE })),
  outcome: fc.constantFrom(undefined, ...STATUSES),
  restarts: fc.boolean(),
});

describe('the ledger of a partition', () => {
  it('loses and invents nothing, whenever tallies close, and is the same whether it was read back or not', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const [kept, restarted] = [opened(), opened()];
        const [rows, others]: [OpenTally[], OpenTally[]] = [[], []];
        const expected = new Map<string, Tallies>();
        let now = NOON;
        for (const { after, source, age, outcome, restarts } of steps) {
          now += after;
          const counted = { source, receivedAt: now - age };
          for (const [ledger, closed] of [
            [kept, rows],
            [restarted, others],
          ] as const) {
            closed.push(...structuredClone(ledger.turn(now)));
            if (outcome === undefined) ledger.receive(counted, now);
            else ledger.settle(counted, outcome, now);
          }
          const name = `${Math.floor(counted.receivedAt / MINUTE) * MINUTE} ${source}`;
          const tallies = expected.get(name) ?? noTallies();
          tallies[outcome ?? 'received'] += 1;
          expected.set(name, tallies);
          if (!restarts) continue;
          const bytes = restarted.changes();
          expect(bytes).toEqual(kept.changes());
          restarted.load(bytes, false);
        }
        expect(others).toEqual(rows);
        const bytes = kept.changes();
        const open = bytes === undefined ? [] : decodeLedger(bytes).open;
        expect(sumsOf([...rows, ...open])).toEqual(expected);
      }),
    );
  });

  it('closes a minute when it and its grace are over, by the time of the log', () => {
    const ledger = opened();
    ledger.receive({ source: 'web', receivedAt: NOON + 5 }, NOON + 10);
    expect(ledger.turn(NOON + MINUTE + limits.ledgerGraceMs - 1)).toEqual([]);
    const [closed] = ledger.turn(NOON + MINUTE + limits.ledgerGraceMs);
    expect(closed).toMatchObject({ minute: NOON, source: 'web', tallies: { ...noTallies(), received: 1 } });
    expect(ledger.turn(NOON + 100 * MINUTE)).toEqual([]);
  });

  it('keeps what comes for an old minute together for a while', () => {
    const ledger = opened();
    for (let n = 0; n < 50; n += 1) {
      expect(ledger.turn(NOON + n)).toEqual([]);
      ledger.settle({ source: 'web', receivedAt: NOON - 1_000 * MINUTE }, 'applied', NOON + n);
    }
    expect(ledger.turn(NOON + MINUTE + limits.ledgerGraceMs)).toMatchObject([{ tallies: { applied: 50 } }]);
  });

  it('never holds more than its bound: all of it leaves at once, and nothing is lost', () => {
    const ledger = opened();
    const rows: OpenTally[] = [];
    const events = limits.ledgerTalliesMax * 3;
    for (let n = 0; n < events; n += 1) {
      rows.push(...ledger.turn(NOON));
      ledger.receive({ source: `source-${n}`, receivedAt: NOON }, NOON);
      const bytes = ledger.changes() as Uint8Array;
      expect(decodeLedger(bytes).open.length).toBeLessThanOrEqual(limits.ledgerTalliesMax);
    }
    expect(rows.length).toBeGreaterThanOrEqual(events - limits.ledgerTalliesMax);
  });

  it('begins with the log of a new partition, and with the next record in a state from before', () => {
    expect(decodeLedger(opened().changes() as Uint8Array).since).toBe(0);
    const older = new ConservationLedger();
    older.load(undefined, false);
    expect(older.changes()).toBeUndefined();
    older.turn(NOON);
    expect(decodeLedger(older.changes() as Uint8Array)).toEqual({ since: NOON, open: [] });
  });

  it('refuses books of a version that it does not know', () => {
    expect(() => decodeLedger(Uint8Array.from([0x92, 9, 0]))).toThrow('version 9');
  });
});

function sumsOf(tallies: readonly OpenTally[]): Map<string, Tallies> {
  const sums = new Map<string, Tallies>();
  for (const { minute, source, tallies: each } of tallies) {
    const name = `${minute} ${source}`;
    const sum = sums.get(name) ?? noTallies();
    for (const key of Object.keys(sum) as (keyof Tallies)[]) sum[key] += each[key];
    sums.set(name, sum);
  }
  return sums;
}
