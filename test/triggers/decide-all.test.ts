import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';
import { isHeldOut } from '../../src/triggers/limits/holdout.ts';
import { DecisionScene, NOON, quietHours, shortOf, triggerNamed } from './decision-scene.ts';

/** A profile that the trigger's holdout takes. */
function heldOutOf(trigger: string, share: number): string {
  const names = Array.from({ length: 100 }, (_, n) => `profile-${n}`);
  return names.find((name) => isHeldOut(trigger, name, share)) ?? '';
}

const at = (scene: DecisionScene, when: number, ...names: string[]) => scene.at(when, ...names).map(shortOf);

describe('the order of checks', () => {
  it('gives the reason that comes first, and each next one as soon as the one before is settled', () => {
    const scene = new DecisionScene({
      triggers: [
        triggerNamed('a', {
          group: 'g',
          limit: {
            cooldown: '1h',
            caps: [{ trigger: true, count: 1, every: '1d' }],
            guards: [{ name: 'rich', unless: { feature: 'spend', gte: 100 } }],
            holdout: 0.5,
          },
        }),
        triggerNamed('first', { group: 'g', priority: 5, action: { channel: 'none' } }),
      ],
      messaging: {
        quiet_hours: quietHours('11:00', '13:00', 'drop'),
        groups: { g: { at_once: 1, guards: [{ name: 'grumpy', unless: { tag: 'grumpy' } }] } },
      },
      profile: heldOutOf('a', 0.5),
    });
    scene.kind = 'staff';
    scene.features.set('spend', 100);
    scene.tags.add('grumpy').add('marketing_paused');
    scene.consents.clear();
    const fired = { trigger: 'a', group: 'g', channel: 'sms', service: false, heldOut: false };
    scene.header.decisions = {
      fired: [{ ...fired, id: 'x', at: NOON - MINUTE_MS }],
      sent: {},
      deferred: [],
      revocable: [],
    };
    const seen = [];
    const settle: (() => void)[] = [
      () => (scene.kind = 'customer'),
      () => scene.features.clear(),
      () => scene.tags.delete('grumpy'),
      () => scene.consents.set('marketing.sms', true),
      () => scene.tags.clear(),
    ];
    seen.push(...at(scene, NOON, 'a'));
    for (const step of settle) {
      step();
      seen.push(...at(scene, NOON, 'a'));
    }
    seen.push(...at(scene, NOON + HOUR_MS - MINUTE_MS, 'a'));
    expect(seen).toEqual([
      'suppressed kind',
      'suppressed guard:rich',
      'suppressed guard:grumpy',
      'suppressed no_consent',
      'suppressed paused',
      'suppressed cooldown',
      'suppressed cap:trigger',
    ]);
    const tomorrow = NOON + DAY_MS;
    const first = scene.candidate('first', tomorrow);
    scene.header.decisions.fired = [];
    // `first` is quiet too at noon, so that nothing of the group has fired then.
    expect(scene.decide([scene.candidate('a', tomorrow), first]).map(shortOf)).toEqual([
      'suppressed quiet_hours',
      'suppressed quiet_hours',
    ]);
    const later = tomorrow + 2 * HOUR_MS;
    expect(at(scene, later, 'a', 'first')).toEqual(['fired', 'suppressed priority']);
    expect(at(scene, later + MINUTE_MS, 'a')).toEqual(['held_out']);
    expect(at(scene, later + 2 * MINUTE_MS, 'a')).toEqual(['suppressed cooldown']);
  });

  it('is told in the trace, with what each check saw', () => {
    const scene = new DecisionScene({
      triggers: [triggerNamed('a', { when: { feature: 'views', gte: 3 }, limit: { cooldown: '1d' } })],
    });
    scene.features.set('views', 4);
    scene.at(NOON, 'a');
    const [firing] = scene.at(NOON + HOUR_MS, 'a');
    expect(firing?.trace).toMatchObject({
      version: 'v1',
      when: { feature: 'views', gte: 3 },
      when_held: true,
      saw: { 'feature:views': 4 },
      checks: [
        { check: 'kind', passed: true, kind: 'customer' },
        { check: 'channel', passed: true, wanted: 'sms', channel: 'sms', consent: ['sms'] },
        { check: 'paused', passed: true },
        { check: 'cooldown', passed: false, cooldown_ms: DAY_MS, until: NOON + DAY_MS },
      ],
    });
  });
});

describe('candidates of one moment', () => {
  it('are decided by priority, then by when they were due, then by name', () => {
    const scene = new DecisionScene({
      triggers: [
        triggerNamed('late', { priority: 1 }),
        triggerNamed('b'),
        triggerNamed('a'),
        triggerNamed('early'),
      ],
      messaging: { caps: [{ overall: true, count: 3, every: '1d' }] },
    });
    const due = { late: NOON, b: NOON, a: NOON, early: NOON - 1 };
    const all = Object.entries(due).map(([name, when]) => scene.candidate(name, NOON, { due: when }));
    expect(scene.decide(all).map(({ trigger, decision }) => `${trigger} ${decision}`)).toEqual([
      'late fired',
      'early fired',
      'a fired',
      'b suppressed',
    ]);
  });

  it('whose condition does not hold are dropped without a decision, and use up nothing', () => {
    const scene = new DecisionScene({
      triggers: [triggerNamed('a', { when: { feature: 'views', gte: 3 } })],
    });
    let used = 0;
    const useUp = () => {
      used++;
    };
    expect(scene.decide([scene.candidate('a', NOON, { useUp })])).toEqual([]);
    expect(used).toBe(0);
    scene.features.set('views', 3);
    expect(scene.decide([scene.candidate('a', NOON, { useUp })])).toHaveLength(1);
    expect(used).toBe(1);
  });

  it('that were decided before are not decided again', () => {
    const scene = new DecisionScene({ triggers: [triggerNamed('a')] });
    const cause = 'web\0same';
    expect(scene.decide([scene.candidate('a', NOON, { cause })]).map(shortOf)).toEqual(['fired']);
    expect(scene.decide([scene.candidate('a', NOON + 1, { cause })])).toEqual([]);
    expect(scene.decide([scene.candidate('a', NOON + 1, { cause, key: 'other', id: 'other' })])).toHaveLength(
      1,
    );
  });

  it('may be refused from the start, whatever else', () => {
    const scene = new DecisionScene({
      triggers: [triggerNamed('a', { when: { feature: 'views', gte: 3 } })],
    });
    const refused = scene.candidate('a', NOON, { refusal: 'too_many_pending' });
    expect(scene.decide([refused]).map(shortOf)).toEqual(['suppressed too_many_pending']);
  });
});

describe('service', () => {
  it('needs no consent, knows no quiet hours, pauses or caps but its own, and takes no room of marketing', () => {
    const scene = new DecisionScene({
      triggers: [
        triggerNamed('service', {
          purpose: 'service',
          limit: { caps: [{ trigger: true, count: 2, every: '1d' }] },
        }),
        triggerNamed('promotion', { limit: { quiet_hours: false } }),
      ],
      messaging: {
        caps: [{ overall: true, count: 1, every: '1d' }],
        quiet_hours: quietHours('11:00', '13:00', 'drop'),
      },
    });
    scene.consents.clear();
    scene.kind = 'staff';
    scene.tags.add('marketing_paused');
    scene.traits.set('contact_limit', 0);
    expect(at(scene, NOON, 'service')).toEqual(['fired']);
    expect(at(scene, NOON, 'service')).toEqual(['fired']);
    expect(at(scene, NOON, 'service')).toEqual(['suppressed cap:trigger']);
    scene.kind = 'customer';
    scene.tags.clear();
    scene.traits.clear();
    scene.consents.set('marketing.sms', true);
    expect(at(scene, NOON, 'promotion')).toEqual(['fired']);
    expect(at(scene, NOON, 'promotion')).toEqual(['suppressed cap:overall']);
    expect(at(scene, NOON + DAY_MS, 'promotion', 'service')).toEqual(['fired', 'fired']);
    expect(at(scene, NOON + DAY_MS, 'service')).toEqual(['fired']);
  });
});
