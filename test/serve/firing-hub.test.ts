import { describe, expect, it } from 'vitest';
import type { Firing } from '../../src/model/trigger.ts';
import { createFiringHub } from '../../src/serve/firing-hub.ts';
import { firing } from './fakes.ts';

const ids = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `f${from + i}`);

describe('createFiringHub', () => {
  it('hands new firings to every subscriber in order, until it leaves', () => {
    const hub = createFiringHub();
    const seen: string[] = [];
    const leave = hub.subscribe(({ id }) => seen.push(id));
    hub.firings([firing('f1'), firing('f2')]);
    leave();
    hub.firings([firing('f3')]);
    expect(seen).toEqual(['f1', 'f2']);
  });

  it('answers what came after an id, and nothing without one', () => {
    const hub = createFiringHub();
    hub.firings(ids(1, 5).map((id) => firing(id)));
    expect(hub.since('f3')).toMatchObject({ firings: [{ id: 'f4' }, { id: 'f5' }], gap: false });
    expect(hub.since('f5')).toEqual({ firings: [], gap: false });
    expect(hub.since(undefined)).toEqual({ firings: [], gap: false });
  });

  it('remembers a bounded number and says so when an id is gone', () => {
    const hub = createFiringHub(4);
    for (const id of ids(1, 50)) hub.firings([firing(id)]);
    const { firings, gap } = hub.since('f46');
    expect(gap).toBe(true);
    expect(firings.map(({ id }) => id)).toEqual(ids(47, 50));
    expect(hub.since('f47')).toMatchObject({ gap: false });
  });

  it('tells the decisions about one firing apart: who saw it deferred still gets what became of it', () => {
    const hub = createFiringHub();
    const of = (decision: Firing['decision']): Firing => ({ ...firing('f1'), decision });
    hub.firings([of('deferred'), firing('f2'), of('fired'), of('revoked')]);
    const missed = (id: string) => hub.since(id).firings.map(({ id: of, decision }) => `${of} ${decision}`);
    expect(missed('f1.deferred')).toEqual(['f2 fired', 'f1 fired', 'f1 revoked']);
    expect(missed('f1')).toEqual(['f1 revoked']);
    expect(missed('f1.revoked')).toEqual([]);
  });
});
