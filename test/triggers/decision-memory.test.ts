import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { DecisionMemory, FiredEntry } from '../../src/model/decision-memory.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { emptyDecisions, rememberFired } from '../../src/triggers/decision-memory.ts';
import { decodeDecisions, encodeDecisions } from '../../src/triggers/encode-decisions.ts';
import { partDecisions, uniteDecisions } from '../../src/triggers/unite-decisions.ts';
import { eventOf } from '../support/fold-world.ts';
import { NOON } from './decision-scene.ts';

const entry = (id: string, at: number, more: Partial<FiredEntry> = {}): FiredEntry => ({
  id,
  trigger: 't',
  group: '',
  channel: 'sms',
  at,
  service: false,
  heldOut: false,
  ...more,
});
const reach = { shared: 31 * DAY_MS, byTrigger: new Map([['rare', 400 * DAY_MS]]) };
const memoryOf = (...fired: readonly FiredEntry[]): DecisionMemory => {
  const memory = emptyDecisions();
  for (const each of fired) rememberFired(memory, each, reach);
  return memory;
};
const waiting = (id: string, facet: string, at = NOON) => ({
  id,
  trigger: 't',
  key: id,
  cause: id,
  at,
  until: at + DAY_MS,
  event: JSON.stringify({ ...eventOf(id, ['a1']), facet }),
  matched: { count: 1 },
  calledOff: { from: at },
});

describe('what a profile remembers of its decisions', () => {
  it('is what limits look back to, and no more than its bounds', () => {
    const month = 32 * DAY_MS;
    const memory = memoryOf(
      entry('old', NOON - month),
      entry('rare', NOON - month, { trigger: 'rare' }),
      entry('new', NOON),
    );
    expect(memory.fired.map(({ id }) => id)).toEqual(['rare', 'new']);
    expect(memory.sent).toEqual({ sms: 3 });
    for (let n = 0; n < 600; n++)
      rememberFired(memory, entry(`n${n}`, NOON + n, { trigger: `t${n % 6}` }), reach);
    expect(memory.fired).toHaveLength(limits.firedPerProfileMax);
    expect(memory.fired.at(-1)?.id).toBe('n599');
    for (let n = 0; n < 600; n++)
      rememberFired(memory, entry(`m${n}`, NOON + 600 + n, { trigger: 'one' }), reach);
    expect(memory.fired.filter(({ trigger }) => trigger === 'one')).toHaveLength(limits.firedPerTriggerMax);
    expect(memory.fired.filter(({ trigger }) => trigger !== 'one').length).toBeGreaterThan(400);
  });

  it('is the same after it was written and read', () => {
    const text = fc.string({ maxLength: 8 });
    const time = fc.nat(2 ** 45);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, time, fc.boolean(), fc.boolean()), { maxLength: 20 }),
        fc.array(text, { maxLength: 4 }),
        (fired, keys) => {
          const memory: DecisionMemory = {
            fired: fired.map(([id, at, service, heldOut]) => entry(id, at, { service, heldOut })),
            sent: { sms: 3 },
            deferred: keys.map((key) => waiting(key, 'f1')),
            revocable: keys.map((key) => ({
              id: key,
              trigger: 't',
              key,
              at: 1,
              channel: 'sms',
              eventId: 'e',
              from: 0,
              until: 1,
            })),
          };
          const stored: unknown = JSON.parse(JSON.stringify(encodeDecisions(memory)));
          expect(decodeDecisions(stored as ReturnType<typeof encodeDecisions>)).toEqual(
            JSON.parse(JSON.stringify(memory)),
          );
        },
      ),
    );
  });
});

describe('a merge', () => {
  it('keeps what both remember, in order, and counts what both know once', () => {
    const ours = memoryOf(entry('a', NOON), entry('b', NOON + 2));
    const theirs = memoryOf(entry('b', NOON + 2), entry('c', NOON + 1, { channel: 'email' }));
    ours.deferred = [waiting('d1', 'f1', NOON + 5)];
    theirs.deferred = [waiting('d0', 'f2', NOON), waiting('d1', 'f1', NOON + 5)];
    const both = uniteDecisions(ours, theirs);
    expect(both?.fired.map(({ id }) => id)).toEqual(['a', 'c', 'b']);
    expect(both?.sent).toEqual({ sms: 2, email: 1 });
    expect(both?.deferred.map(({ id }) => id)).toEqual(['d0', 'd1']);
    expect(uniteDecisions(undefined, theirs)).toBe(theirs);
    expect(uniteDecisions(ours, undefined)).toBe(ours);
  });

  it('does not depend on who comes first', () => {
    const fired = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(9)), { maxLength: 6 });
    fc.assert(
      fc.property(fired, fired, (mine, yours) => {
        // Of one firing both know the same.
        const of = (list: readonly (readonly [string, number])[]) =>
          memoryOf(...[...new Map(list).keys()].map((id) => entry(id, NOON + id.charCodeAt(0))));
        expect(uniteDecisions(of(mine), of(yours))).toEqual(uniteDecisions(of(yours), of(mine)));
      }),
    );
  });
});

describe('an unmerge', () => {
  it('leaves what was fired with both, and what waits with whose event it was', () => {
    const memory = memoryOf(entry('a', NOON));
    memory.deferred = [waiting('d1', 'f1'), waiting('d2', 'f2')];
    const leaving = partDecisions(memory, new Set(['f2']));
    expect(leaving.fired).toEqual(memory.fired);
    expect(leaving.sent).toEqual({ sms: 1 });
    expect(leaving.deferred.map(({ id }) => id)).toEqual(['d2']);
    expect(memory.deferred.map(({ id }) => id)).toEqual(['d1']);
    expect(uniteDecisions(memory, leaving)).toMatchObject({ sent: { sms: 1 }, fired: memory.fired });
  });
});
