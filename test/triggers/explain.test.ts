import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/model/json.ts';
import { keys } from '../../src/model/keys.ts';
import type { MessagingDefinition } from '../../src/model/messaging.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import { MINUTE_MS } from '../../src/model/time.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { momentOf } from '../../src/pipeline/profile-moment.ts';
import { readKind } from '../../src/profile/kind.ts';
import { explainTrigger } from '../../src/triggers/explain.ts';
import { quietHours, triggerNamed } from './decision-scene.ts';
import { PipelineWorld, START, triggerOn } from './pipeline-world.ts';

const at = (minute: number) => START + minute * MINUTE_MS;
const timeOf = (minute: number) => new Date(at(minute)).toISOString();

function explained(world: PipelineWorld, name: string, minute: number): JsonObject {
  const { view, definitions } = world;
  const header = view.get<Header>(keys.header('p'));
  const trigger = definitions.triggers.byName.get(name);
  if (header === undefined || trigger === undefined) throw new RangeError('nothing to explain');
  const facets = header.facets.flatMap((id) => view.get<Facet>(keys.facet('p', id)) ?? []);
  const { segments: members } = header;
  const now = at(minute);
  return explainTrigger(trigger, {
    header,
    kind: readKind(facets, definitions.identity.isListed),
    lookup: momentOf({ facets, now, definitions, ...(members && { members }) }),
    messaging: definitions.messaging,
    now,
  });
}

const sms = { marketing: { sms: true } };

describe('an explanation', () => {
  it('counts what has matched, says when the first leaves, and what keeps it silent', () => {
    const on = {
      count: 3,
      of: { event: 'product_viewed' },
      within: '30m',
      unless: { event: 'order_completed' },
    };
    const world = new PipelineWorld({ triggers: [triggerNamed('a', { on })] });
    world.event(0, { consent: sms });
    world.event(10);
    const explanation = explained(world, 'a', 20);
    expect(explanation.pattern).toMatchObject({
      kind: 'count',
      progress: [{ have: 2, need: 3, missing: 1, times: [at(0), at(10)], first_leaves_at: at(30) }],
    });
    expect(explanation.says).toEqual([
      `2 of 3 product_viewed within 30m; the first leaves at ${timeOf(30)}`,
      'complete now, it would fire on sms',
    ]);
    expect(explanation.sentences).toEqual([
      {
        ...{ code: 'counts', have: 2, need: 3, types: ['product_viewed'], within: '30m' },
        ...{ first_leaves_at: at(30), text: (explanation.says as readonly string[])[0] },
      },
      { code: 'would', decision: 'fired', channel: 'sms', text: 'complete now, it would fire on sms' },
    ]);
    expect(explained(world, 'a', 35).pattern).toMatchObject({
      progress: [{ have: 1, first_leaves_at: at(40) }],
    });
    world.event(36, { type: 'order_completed' });
    expect(explained(world, 'a', 37).says).toContain(
      `1 of 3 product_viewed within 30m; the first leaves at ${timeOf(40)}; order_completed keeps it silent until ${timeOf(66)}`,
    );
  });

  it('says which step comes next, and what waits for an absence', () => {
    const on = {
      sequence: [
        { event: 'product_viewed', key: 'properties.cart_id' },
        { event: 'product_added', within: '1h' },
        { not: { event: 'order_completed', any_key: true }, within: '30m' },
      ],
    };
    const world = new PipelineWorld({ triggers: [triggerNamed('a', { on })] });
    const cart = (id: string) => ({ properties: { cart_id: id } });
    world.event(0, cart('c1'));
    expect(explained(world, 'a', 1).says).toContain(
      `c1: 1 of 2 steps; product_added comes next; by ${timeOf(60)}`,
    );
    world.event(5, { type: 'product_added', ...cart('c1') });
    const { says, pattern } = explained(world, 'a', 6);
    expect(pattern).toMatchObject({ pending: [{ key: 'c1', since: at(5), due: at(35) }] });
    expect(says).toContain(`c1: is complete at ${timeOf(35)}, unless order_completed comes before`);
  });

  it('tells what is deferred and what has fired', () => {
    const world = new PipelineWorld({
      triggers: [triggerNamed('a')],
      messaging: { quiet_hours: quietHours('12:00', '13:00', 'defer') },
    });
    const [fired] = world.event(0, { consent: sms });
    const [deferred] = world.event(150);
    expect(explained(world, 'a', 151)).toMatchObject({
      fired: [{ id: fired?.id, decision: 'fired', channel: 'sms' }],
      deferred: [{ id: deferred?.id, until: at(180) }],
      if_complete_now: { decision: 'deferred', until: at(180) },
    });
  });
});

/** Limits of all kinds, mostly narrow, so that something stands in the way most of the time. */
const caps = fc.array(
  fc.record({
    scope: fc.constantFrom(
      { trigger: true as const },
      { group: 'g' },
      { channel: 'sms' },
      { overall: true as const },
    ),
    count: fc.integer({ min: 1, max: 2 }),
    every: fc.constantFrom('1d', '2d', '90m'),
  }),
  { maxLength: 2 },
);
const capsOf = (drawn: readonly { scope: object; count: number; every: string }[]) =>
  drawn.map(({ scope, ...rest }) => ({ ...scope, ...rest }));
const hours = fc.option(
  fc.record({
    from: fc.constantFrom('10:30', '22:00', '12:00'),
    to: fc.constantFrom('11:00', '08:00', '14:00'),
    what: fc.constantFrom('defer' as const, 'drop' as const),
  }),
  { nil: undefined },
);
const limit = fc.record({
  cooldown: fc.constantFrom('10m', '3h', '2d'),
  caps: caps.map(capsOf),
  holdout: fc.constantFrom(0, 0.5),
  guards: fc.constantFrom([], [{ name: 'vip', unless: { trait: 'level', equals: 'vip' } }]),
});
const step = fc.record({
  wait: fc.constantFrom(1, 20, 95, 400, 1_440),
  consent: fc.option(fc.boolean(), { nil: undefined }),
  traits: fc.constantFrom(
    {},
    { contact_limit: 1 },
    { timezone: 'Asia/Shanghai' },
    { level: 'vip' },
    { level: 'no' },
  ),
  name: fc.constantFrom('a', 'b'),
});

describe('what an explanation says of now', () => {
  it('is what the next matching event gets', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(limit, limit, caps, hours, fc.array(step, { minLength: 3, maxLength: 12 }), (...drawn) => {
        const [first, second, shared, quiet, steps] = drawn;
        const triggers: readonly TriggerDefinition[] = [
          triggerNamed('a', { on: { event: 'a' }, group: 'g', limit: first }),
          triggerNamed('b', {
            on: { event: 'b' },
            group: 'g',
            limit: second,
            action: { channel: 'preferred' },
          }),
        ];
        const messaging: Partial<MessagingDefinition> = {
          caps: capsOf(shared) as MessagingDefinition['caps'],
          groups: { g: { at_once: 1 } },
          ...(quiet && { quiet_hours: quietHours(quiet.from, quiet.to, quiet.what) }),
        };
        const world = new PipelineWorld({ triggers, messaging });
        let minute = 0;
        for (const { wait, consent, traits, name } of steps) {
          minute += wait;
          // What the event itself changes is there before it is decided, so it comes with an event of its own.
          world.event(minute, {
            type: 'profile_identified',
            traits,
            ...(consent === undefined ? {} : { consent: { marketing: { sms: consent } } }),
          });
          const { if_complete_now: said } = explained(world, name, minute);
          const got = world.event(minute, { type: name }).find(({ trigger }) => trigger === name);
          seen.add(`${got?.decision} ${got?.reason ?? ''}`);
          // A second one for the same key does not wait beside the first; explaining knows of no key.
          if (got?.reason === 'already_deferred') continue;
          const { decision, reason, until, channel } = isJsonObject(said) ? said : {};
          expect({ decision, reason, channel }).toEqual({
            decision: got?.decision,
            reason: got?.reason,
            channel: got?.channel,
          });
          if (got?.decision === 'deferred') expect(until).toBe(got.until);
        }
      }),
      { numRuns: 150, seed: 7 },
    );
    for (const reason of ['no_consent', 'cooldown', 'cap:customer', 'cap:trigger', 'guard:vip'])
      expect([...seen]).toContain(`suppressed ${reason}`);
    expect([...seen]).toEqual(expect.arrayContaining(['fired ', 'held_out ', 'deferred quiet_hours']));
  });
});

describe('a condition that asks the event', () => {
  const when = { all: [{ trait: 'city', equals: { event: 'properties.city' } }] };
  const explainedFor = (trigger: TriggerDefinition, minute: number, ...events: readonly object[]) => {
    const world = new PipelineWorld({ triggers: [trigger] });
    world.event(0, { type: 'profile_identified', traits: { city: 'Suzhou' } });
    for (const event of events) world.event(1, event);
    const { when: state, if_complete_now: verdict, says } = explained(world, 'a', minute);
    return { holds: isJsonObject(state) && state.holds, verdict, says: Array.isArray(says) ? says : [] };
  };

  it('is not held against a trigger whose event is yet to come', () => {
    const { holds, verdict, says } = explainedFor(triggerOn({ event: 'seen' }, { name: 'a', when }), 1);
    expect([holds, says]).toEqual([
      null,
      expect.arrayContaining(['its condition asks the event, which is yet to come']),
    ]);
    expect(verdict).toMatchObject({ decision: 'fired' });
  });

  it('is asked of the event that waits for its time', () => {
    const on = { sequence: [{ event: 'seen' }, { not: { event: 'left' }, within: '1h' }] };
    const trigger = triggerOn(on, { name: 'a', when });
    const seen = (city: string) => ({ type: 'seen', properties: { city } });
    expect(explainedFor(trigger, 2, seen('Suzhou')).holds).toBe(true);
    const { holds, verdict } = explainedFor(trigger, 2, seen('Wuxi'));
    expect([holds, verdict]).toMatchObject([false, { decision: 'none' }]);
  });
});
