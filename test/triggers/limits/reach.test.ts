import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import { reachOf } from '../../../src/triggers/limits/reach.ts';
import { DecisionScene, NOON, shortOf, triggerNamed } from '../decision-scene.ts';

describe('how far limits look back', () => {
  it('is as far as the longest of them, for its own trigger or for all', () => {
    const { set, messaging } = new DecisionScene({
      triggers: [
        triggerNamed('a', { limit: { cooldown: '365d' } }),
        triggerNamed('b', { limit: { caps: [{ trigger: true, count: 1, every: '90d' }] } }),
        triggerNamed('c', { limit: { cooldown: '1h' } }),
      ],
    });
    const { shared, byTrigger } = reachOf(set.all, messaging);
    expect(shared).toBe(limits.firedKeptMs);
    expect([...byTrigger]).toEqual([
      ['a', 365 * DAY_MS],
      ['b', 92 * DAY_MS],
    ]);
    const capped = new DecisionScene({
      triggers: [
        triggerNamed('a', { limit: { caps: [{ group: 'g', count: 1, every: '100d', rolling: true }] } }),
      ],
    });
    expect(reachOf(capped.set.all, capped.messaging).shared).toBe(100 * DAY_MS);
  });

  it('keeps what a long cooldown needs, whatever else fires meanwhile', () => {
    const scene = new DecisionScene({
      triggers: [triggerNamed('yearly', { limit: { cooldown: '365d' } }), triggerNamed('daily')],
    });
    scene.at(NOON, 'yearly');
    for (let day = 1; day < 360; day++) scene.at(NOON + day * DAY_MS, 'daily');
    expect(scene.header.decisions?.fired.length).toBeLessThan(40);
    expect(scene.at(NOON + 360 * DAY_MS, 'yearly').map(shortOf)).toEqual(['suppressed cooldown']);
  });
});
